import { egressFilterOf } from '../../nodes/shared/egressFilter';
import type { EgressFilter } from '../../sync/imap/egressFilter';

/** n8n's filter as it was in 2.41: errors of its own have no code, those of DNS have one. */
const n8n = (blocked: Error | undefined) => {
	const asked: string[] = [];
	const filter = egressFilterOf({
		getSecureEgressFilter: () => ({
			validateUrl: async (url) => {
				asked.push(url);
				return blocked ? { ok: false, error: blocked } : { ok: true };
			},
			createSecureLookup: () => (_host, options, done) => {
				if (blocked) done(blocked, options.all ? [] : '', undefined);
				else if (options.all) done(null, [{ address: '192.0.2.1', family: 4 }]);
				else done(null, '192.0.2.1', 4);
			},
		}),
	});
	if (!filter) throw new Error('there is no filter');
	return { filter, asked };
};

const lookup = async (filter: EgressFilter): Promise<unknown> =>
	await new Promise((resolve) => {
		filter.lookup('mail.example.com', { all: true }, (error, addresses) => resolve(error ?? addresses));
	});

it('lets pass what n8n lets pass', async () => {
	const { filter, asked } = n8n(undefined);
	expect(await lookup(filter)).toEqual([{ address: '192.0.2.1', family: 4 }]);
	expect(await filter.refusal('mail.example.com')).toBeUndefined();
	expect(await filter.refusal('2001:db8::1')).toBeUndefined();
	expect(asked).toEqual(['imap://mail.example.com', 'imap://[2001:db8::1]']);
});

it('marks what n8n refuses, and leaves what DNS did not find', async () => {
	const refused = n8n(new Error('The request was blocked because it resolves to a restricted IP address')).filter;
	expect(await lookup(refused)).toMatchObject({ code: 'EGRESS_REFUSED' });
	expect(await refused.refusal('127.0.0.1')).toMatchObject({ code: 'EGRESS_REFUSED' });
	const unknown = n8n(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })).filter;
	expect(await lookup(unknown)).toMatchObject({ code: 'ENOTFOUND' });
	expect(await unknown.refusal('no.example')).toMatchObject({ code: 'ENOTFOUND' });
});

it('is none in an n8n that has none', () => {
	expect(egressFilterOf({})).toBeUndefined();
	expect(egressFilterOf(undefined)).toBeUndefined();
});
