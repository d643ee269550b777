import type { INode } from 'n8n-workflow';
import { holdsLock, notePollCause, registrationOf, releaseLock, takeLock } from '../../nodes/ImapSyncTrigger/registration';

const node = (parameters: INode['parameters'] = {}): INode => ({
	id: 'n',
	name: 'Mailbox',
	type: 't',
	typeVersion: 1,
	position: [0, 0],
	parameters,
});

let workflows = 0;
const fresh = () => registrationOf(`registration-${++workflows}`, 'n');

describe('the lock', () => {
	it('is held by one poll of a workflow and node', () => {
		const registration = fresh();
		const lock = takeLock(registration, 0);
		expect(lock).toBeDefined();
		expect(takeLock(registration, 1000)).toBeUndefined();
		expect(takeLock(fresh(), 1000)).toBeDefined();
		releaseLock(registration, lock!);
		expect(takeLock(registration, 1000)).toBeDefined();
	});

	it('passes on from a poll that hangs, which then may neither write nor release', () => {
		const registration = fresh();
		const hanging = takeLock(registration, 0)!;
		const next = takeLock(registration, 15 * 60_000)!;
		expect(holdsLock(registration, hanging)).toBe(false);
		releaseLock(registration, hanging);
		expect(holdsLock(registration, next)).toBe(true);
	});
});

describe('the cause of a poll', () => {
	it('in the in-memory polling: published, then scheduled, then published again with a new context', () => {
		const registration = fresh();
		const [first, second] = [{}, {}];
		const occasions = [first, first, first, second, second].map((context, i) => {
			notePollCause(registration, context, node(), i < 3 ? 'activate' : 'update');
			return registration.cause;
		});
		expect(occasions).toEqual(['published', 'scheduled', 'scheduled', 'published', 'scheduled']);
	});

	it.each(['init', 'leadershipChange'] as const)('%s: resumed, and remembered as such', (mode) => {
		const registration = fresh();
		const context = {};
		notePollCause(registration, context, node(), mode);
		expect(registration).toMatchObject({ cause: 'resumed', origin: 'resumed' });
		notePollCause(registration, context, node(), mode);
		expect(registration).toMatchObject({ cause: 'scheduled', origin: 'resumed' });
	});

	it('in the database scheduler: scheduled with a new context each time, published when the settings changed', () => {
		const registration = fresh();
		const occasions = [node(), node(), node({ output: 'raw' }), node({ output: 'raw' })].map((settings) => {
			notePollCause(registration, {}, settings, 'update');
			return registration.cause;
		});
		expect(occasions).toEqual(['scheduled', 'scheduled', 'published', 'scheduled']);
	});
});
