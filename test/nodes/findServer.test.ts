import { environmentEgress } from '../../nodes/shared/environmentEgress';
import { serverOfAddress, serverOfProvider, type Directories } from '../../nodes/shared/findServer';
import { providerOfServer, providers } from '../../sync/imap/providers';

const nothing: Directories = { services: async () => [], fetchText: async () => '' };

const description = (host: string, socketType = 'SSL', port = 993): string => `
<?xml version="1.0"?><clientConfig version="1.1"><emailProvider id="x">
<incomingServer type="pop3"><hostname>pop.${host}</hostname><port>995</port><socketType>SSL</socketType></incomingServer>
<incomingServer type="imap">
  <hostname>${host}</hostname>
  <port>${port}</port>
  <socketType>${socketType}</socketType>
</incomingServer></emailProvider></clientConfig>`;

describe('the server of an address', () => {
	it('is in the list of providers, whatever its letters', async () => {
		expect(await serverOfAddress('Me@GMail.com', nothing)).toMatchObject({ host: 'imap.gmail.com', port: 993, security: 'tls' });
		expect(await serverOfAddress('me@web.de', nothing)).toMatchObject({ host: 'imap.web.de' });
	});

	it('is what the DNS says, TLS before STARTTLS, the first priority first', async () => {
		const asked: string[] = [];
		const services: Directories['services'] = async (name) => {
			asked.push(name);
			return name.startsWith('_imaps.')
				? [
						{ name: 'second.one.example.', port: 993, priority: 20 },
						{ name: 'Mail.one.example.', port: 1993, priority: 10 },
					]
				: [];
		};
		expect(await serverOfAddress('me@one.example', { services })).toEqual({
			host: 'mail.one.example',
			port: 1993,
			security: 'tls',
			by: 'by the DNS of one.example',
		});
		await serverOfAddress('you@one.example', { services });
		expect(asked).toEqual(['_imaps._tcp.one.example']);
	});

	it('is not there where the DNS says so', async () => {
		const services: Directories['services'] = async () => [{ name: '.', port: 0, priority: 0 }];
		await expect(serverOfAddress('me@none.example', { services })).rejects.toThrow(/found no mail server for none\.example/);
	});

	it('is what the provider describes for mail programs, with encryption only', async () => {
		const described = (text: string): Directories => ({ services: async () => [], fetchText: async () => text });
		expect(await serverOfAddress('me@two.example', described(description('imap.two.example', 'STARTTLS', 143)))).toEqual({
			host: 'imap.two.example',
			port: 143,
			security: 'starttls',
			by: 'in the description at autoconfig.two.example',
		});
		await expect(serverOfAddress('me@three.example', described(description('imap.three.example', 'plain')))).rejects.toThrow(
			/no mail server/,
		);
	});

	it('of a stranger gets no password, but is named', async () => {
		const services: Directories['services'] = async () => [{ name: 'imap.evil.example', port: 993, priority: 0 }];
		await expect(serverOfAddress('me@four.example', { services })).rejects.toMatchObject({
			message:
				'imap.evil.example, port 993, was found for four.example by the DNS of four.example, but it belongs to somebody else',
		});
		const hosted: Directories['services'] = async () => [{ name: 'imap.gmail.com', port: 993, priority: 0 }];
		expect(await serverOfAddress('me@five.example', { services: hosted })).toMatchObject({ host: 'imap.gmail.com' });
	});

	it.each(['', 'me', 'me@', 'me@localhost', 'me@a b.example'])('needs an address: "%s"', async (address) => {
		await expect(serverOfAddress(address, nothing)).rejects.toThrow(/^User is no address/);
	});

	it('takes a hostile description in time', async () => {
		const text = '<incomingServer type="imap">'.repeat(3_000) + '<hostname>'.repeat(1_000);
		const before = process.cpuUsage().user;
		await expect(serverOfAddress('me@six.example', { services: async () => [], fetchText: async () => text })).rejects.toThrow(
			/no mail server/,
		);
		expect(process.cpuUsage().user - before).toBeLessThan(1_000_000);
	});
});

describe('the table of providers', () => {
	it('knows its own servers, and each value once', () => {
		for (const { id, host } of providers.filter((provider) => provider.host !== '127.0.0.1'))
			expect([id, providerOfServer(host)?.id]).toEqual([id, id]);
		expect(new Set(providers.map(({ id }) => id)).size).toBe(providers.length);
		const domains = providers.flatMap((provider) => provider.domains);
		expect(new Set(domains).size).toBe(domains.length);
	});

	it('refuses a value that it does not have', () => {
		expect(() => serverOfProvider('nobody')).toThrow(/this version does not know/);
	});
});

describe("n8n's restrictions by its environment", () => {
	const refused = async (host: string, environment: Record<string, string>): Promise<boolean> =>
		(await environmentEgress({ N8N_SSRF_PROTECTION_ENABLED: 'true', ...environment })?.refusal(host)) !== undefined;

	it('are none where they are not switched on', () => {
		expect(environmentEgress({})).toBeUndefined();
		expect(environmentEgress({ N8N_SSRF_PROTECTION_ENABLED: 'false' })).toBeUndefined();
	});

	it.each([
		['127.0.0.1', {}, true],
		['::ffff:127.0.0.1', {}, true],
		['169.254.169.254', {}, true],
		['8.8.8.8', {}, false],
		['localhost', {}, true],
		['localhost', { N8N_SSRF_ALLOWED_HOSTNAMES: 'mail.example.com, LOCALHOST' }, false],
		['127.0.0.1', { N8N_SSRF_ALLOWED_IP_RANGES: '127.0.0.0/8' }, false],
		['8.8.8.8', { N8N_SSRF_BLOCKED_IP_RANGES: 'default, 8.8.8.0/24, nonsense/99' }, true],
		['10.0.0.1', { N8N_SSRF_BLOCKED_IP_RANGES: '8.8.8.8' }, false],
		['localhost', { N8N_SSRF_BLOCKED_HOSTNAMES: '*.example.com,localhost', N8N_SSRF_BLOCKED_IP_RANGES: '8.8.8.8' }, true],
	] as Array<[string, Record<string, string>, boolean]>)('%s with %j is refused: %s', async (host, environment, expected) => {
		expect(await refused(host, environment)).toBe(expected);
	});
});
