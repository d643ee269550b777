import { readMessage } from '../../sync/mime/readMessage';
import { asUid } from '../../sync/uids/uid';
import { playBounces } from '../support/bounces';
import { seedFrom } from '../support/chance';
import { printScore } from '../support/scores';

it('bounces of at least 95 % of the kinds are told, with recipients, status and whether it failed', async () => {
	const seed = seedFrom('MIME_SEED');
	const wrong = new Map<string, Set<string>>();
	const kinds = new Set<string>();
	const asIfByPeople: string[] = [];
	for (const { kind, header, body, recipients, status, isDelayed } of playBounces(seed)) {
		kinds.add(kind);
		const source = Buffer.from([...header, '', ...body].join('\r\n'));
		const { fields } = await readMessage(
			{ uid: asUid(1), flags: [], size: source.length, source },
			{ level: 'content', headers: [], attachmentContent: false },
		);
		const { bounce, autoSubmitted } = fields;
		if (autoSubmitted === undefined) asIfByPeople.push(kind);
		const faults = [
			...(bounce ? [] : ['not told']),
			...(bounce && bounce.recipients.map(({ recipient }) => recipient).join() !== recipients.join() ? ['recipients'] : []),
			...(bounce && status !== undefined && bounce.status !== status ? ['status'] : []),
			...(bounce && (bounce.kind === 'delayed') !== isDelayed ? ['delayed or failed'] : []),
		];
		if (faults.length > 0) wrong.set(kind, new Set([...(wrong.get(kind) ?? []), ...faults]));
	}
	printScore(
		'bounces',
		`${kinds.size} kinds: ${kinds.size - wrong.size} right, ${asIfByPeople.length} taken for a person's mail`,
	);
	for (const [kind, faults] of wrong) printScore('bounces', `  wrong in ${kind}: ${[...faults].join(', ')}`);
	expect({ seed, asIfByPeople }).toEqual({ seed, asIfByPeople: [] });
	expect({ seed, wrong: wrong.size / kinds.size <= 0.05 ? [] : [...wrong.keys()] }).toEqual({ seed, wrong: [] });
});
