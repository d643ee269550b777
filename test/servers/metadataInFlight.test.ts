import { FollowedAccount } from '../support/account';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { mail } from '../support/mail';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/** Metadata of what is new in one of all folders comes with the descriptors; whatever a structure is like, no message is lost by that. */
let dovecot: Dovecot;
let proxy: CountingProxy;
beforeAll(async () => {
	dovecot = await startDovecot();
	proxy = await startProxy(dovecot);
});
afterAll(async () => {
	await proxy?.stop();
	await dovecot?.stop();
});

/** A user with two folders, of which all is followed from now on. */
async function followed(): Promise<{ user: string; account: FollowedAccount }> {
	const user = dovecot.newUser();
	await dovecot.createFolder(user, 'Work');
	const account = FollowedAccount.on(
		{ user, password: dovecot.password, host: proxy.host, port: proxy.port, security: 'none', allowUnauthorizedCerts: false },
		{ selection: { kind: 'all' }, output: 'metadata', startFrom: { kind: 'now' } },
	);
	await account.run();
	return { user, account };
}

/** Multiparts in multiparts, deeper than imapflow reads a line of. */
function nested(depth: number): string {
	const open = Array.from({ length: depth }, (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`);
	return `Message-ID: <nested@example.com>\r\nSubject: nested\r\n${open.join('')}\r\ntext\r\n`;
}

test.each<[string, (line: string) => string]>([
	['is nested deeper than imapflow reads', (line) => line],
	['is a list of nothing', (line) => line.replace(/BODYSTRUCTURE \(\(.*\) (?=BODY\[HEADER\])/, 'BODYSTRUCTURE (()) ')],
	[
		'has a type of none',
		(line) => line.replace(/BODYSTRUCTURE \(\(.*\) (?=BODY\[HEADER\])/, 'BODYSTRUCTURE (NIL NIL (NIL) NIL) '),
	],
	['is no list', (line) => line.replace(/BODYSTRUCTURE \(\(.*\) (?=BODY\[HEADER\])/, 'BODYSTRUCTURE "x" ')],
	[
		'holds an envelope of nothing',
		(line) =>
			line.replace(
				/BODYSTRUCTURE \(\(.*\) (?=BODY\[HEADER\])/,
				'BODYSTRUCTURE ("message" "rfc822" NIL NIL NIL "7bit" 1 (NIL 1) 7 8) ',
			),
	],
])('a message whose structure %s comes in the same run, and so do the others', async (name, change) => {
	const { user, account } = await followed();
	await dovecot.appendMany(user, 'INBOX', [mail('one'), nested(60), mail('three')]);
	let asked = 0;
	let told: string | undefined;
	proxy.onServerLine = (line) => {
		if (!/BODYSTRUCTURE \(\(/.test(line)) return undefined;
		asked++;
		const changed = change(line);
		if (changed !== line) told = changed;
		return changed;
	};
	const { events, problems } = await account.run();
	proxy.onServerLine = undefined;
	expect(asked).toBeGreaterThan(0);
	if (name !== 'is nested deeper than imapflow reads') expect(told).toBeDefined();
	expect(problems).toEqual([]);
	expect(events.map(({ event, uid }) => `${event} ${uid}`)).toEqual(['messageNew 1', 'messageNew 2', 'messageNew 3']);
	expect((await account.run()).events).toEqual([]);
});

test('a forwarded message, of which the structure is not enough, comes in its place', async () => {
	const { user, account } = await followed();
	const forwarded = `Subject: Fwd\r\nContent-Type: message/rfc822\r\n\r\n${mail('inner')}`;
	await dovecot.appendMany(user, 'INBOX', [mail('one'), forwarded, mail('three')]);
	expect((await account.run()).events.map(({ uid }) => uid)).toEqual([1, 2, 3]);
});
