import { addAudit, addDiagnostics, noDiagnostics, type Diagnostics } from '../../../sync/folder/diagnostics';
import type { PlanReason } from '../../../sync/folder/plan';
import { nothingDelivered, nothingPending } from '../../../sync/folder/transition';
import { SyncError } from '../../../sync/errors/syncError';
import type { Capabilities } from '../../../sync/server/capabilities';
import { asUid } from '../../../sync/uids/uid';
import { uids } from '../../support/folderState';

const able = (more: Partial<Capabilities> = {}): Capabilities => ({
	qresync: true,
	condstore: true,
	listStatus: true,
	esearch: true,
	gmail: false,
	...more,
});
const audit = (arrivals: string, deletions: string, flags: string) => ({
	arrivals: uids(arrivals),
	deletions: uids(deletions),
	flags: uids(flags),
});

describe('the faults of a look', () => {
	test.each<[string, PlanReason, ReturnType<typeof audit> | undefined, Partial<Capabilities>, string[]]>([
		['none, where nothing was audited', 'modseqMoved', undefined, {}, []],
		['none, where the audit found nothing', 'auditDue', audit('', '', ''), {}, []],
		['a mod-sequence that went back', 'modseqLost', undefined, {}, ['modseqWentBack']],
		['an arrival that QRESYNC left out', 'auditDue', audit('7', '', ''), {}, ['vanishedMissing']],
		['a deletion that QRESYNC left out', 'auditDue', audit('', '2', ''), {}, ['vanishedMissing']],
		['none, where there is no QRESYNC', 'auditDue', audit('7', '2', ''), { qresync: false }, []],
		['a change that CONDSTORE left out', 'auditDue', audit('', '', '3'), {}, ['changeUntold']],
		['none, where there is no CONDSTORE', 'auditDue', audit('', '', '3'), { qresync: false, condstore: false }, []],
		['both', 'auditDue', audit('7', '', '3'), {}, ['vanishedMissing', 'changeUntold']],
	])('%s', (_name, reason, audited, capabilities, faults) => {
		const diagnostics = noDiagnostics();
		addDiagnostics(diagnostics, noDiagnostics(), { kind: 'compare', reason, steps: [] }, audited, able(capabilities));
		expect(diagnostics.faults).toEqual(faults);
	});

	test('are added to those of earlier looks, with what went wrong', () => {
		const problem = new SyncError('searchFailed', { reason: 'gmailOnly', host: 'mail.example.com:993' });
		const diagnostics: Diagnostics = { ...noDiagnostics(), faults: ['qresyncRefused'] };
		const look: Diagnostics = { ...noDiagnostics(), faults: ['searchMiscounted'], problems: [problem] };
		addDiagnostics(diagnostics, look, { kind: 'qresync', reason: 'qresyncAnswered', steps: [] }, undefined, able());
		expect(diagnostics).toEqual({
			faults: ['qresyncRefused', 'searchMiscounted'],
			corrections: [],
			reused: [],
			problems: [problem],
		});
	});
});

describe('what an audit put right', () => {
	const update = (uid: number) => ({
		uid: asUid(uid),
		flags: [],
		added: ['work'],
		removed: [],
		labelsAdded: [],
		labelsRemoved: [],
	});
	const two = [update(2), update(3)];

	test.each<[string, ReturnType<typeof audit>, { deletions?: string; deleted?: string; updated?: number }, boolean, object[]]>([
		['nothing', audit('', '', ''), {}, true, []],
		[
			'arrivals count when they are found',
			audit('7:8', '', ''),
			{},
			true,
			[{ path: 'INBOX', arrivals: 2, deletions: 0, flags: 0 }],
		],
		[
			'deletions count when they were told',
			audit('', '4:5', ''),
			{ deletions: '4:5', deleted: '4:5' },
			true,
			[{ path: 'INBOX', arrivals: 0, deletions: 2, flags: 0 }],
		],
		[
			'a deletion that is still to be told waits',
			audit('', '4:5', ''),
			{ deletions: '4:5', deleted: '4' },
			false,
			[{ path: 'INBOX', arrivals: 0, deletions: 1, flags: 0 }],
		],
		['a deletion that is still to be told alone', audit('', '5', ''), { deletions: '5' }, false, []],
		[
			'one that is told without an event counts',
			audit('', '5', ''),
			{},
			true,
			[{ path: 'INBOX', arrivals: 0, deletions: 1, flags: 0 }],
		],
		['one that the audit did not find is no matter', audit('', '', ''), { deletions: '5' }, true, []],
		[
			'flags count when they were told',
			audit('', '', '2:3'),
			{ updated: 2 },
			true,
			[{ path: 'INBOX', arrivals: 0, deletions: 0, flags: 2 }],
		],
		[
			'an update that is still to be told waits',
			audit('', '', '2:3'),
			{ updated: 1 },
			false,
			[{ path: 'INBOX', arrivals: 0, deletions: 0, flags: 1 }],
		],
		[
			'an update that the audit did not find is no matter',
			audit('', '', '2'),
			{ updated: 1 },
			true,
			[{ path: 'INBOX', arrivals: 0, deletions: 0, flags: 1 }],
		],
	])('%s', (_name, audited, { deletions = '', deleted = '', updated = 0 }, isAllOut, corrections) => {
		const diagnostics = noDiagnostics();
		const done = { ...nothingDelivered, deleted: uids(deleted), updated: two.slice(0, updated) };
		const pending = { ...nothingPending, updates: two, deletions: uids(deletions) };
		expect(addAudit(diagnostics, 'INBOX', audited, pending, done)).toBe(isAllOut);
		expect(diagnostics.corrections).toEqual(corrections);
	});
});
