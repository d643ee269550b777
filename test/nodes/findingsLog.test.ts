import { logFindings } from '../../nodes/shared/findingsLog';
import { UidSet } from '../../sync/uids/uidSet';

const range = (to: number): UidSet => UidSet.parse(`1:${to}`);

/** What the log says where nothing but older mail is left. */
function said(folders: Record<string, { backfill: UidSet; missing?: true }>): string[] {
	const lines: string[] = [];
	const say = (line: string): void => void lines.push(line);
	const findings = { corrections: [], uidReuses: [], disabled: [] };
	logFindings({ info: say, warn: say }, 'Mailbox', 'me@example.com', {
		accountChanged: false,
		state: { folders },
		findings,
	} as never);
	return lines;
}

test.each([
	['one message', { INBOX: { backfill: range(1) } }, ['Mailbox: older mail: 1 message in 1 folder to come with the next runs']],
	[
		'many, of which some are in folders that are gone',
		{ INBOX: { backfill: range(1_200) }, Work: { backfill: range(34) }, Gone: { backfill: range(9), missing: true as const } },
		['Mailbox: older mail: 1,234 messages in 2 folders to come with the next runs'],
	],
	['none any more', { INBOX: { backfill: UidSet.empty } }, []],
])('the log says how much older mail is to come: %s', (_, folders, lines) => {
	expect(said(folders)).toEqual(lines);
});
