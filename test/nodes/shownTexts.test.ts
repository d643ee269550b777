import { SyncError } from '../../sync/errors/syncError';
import { quotable } from '../../sync/imap/redact';
import { logFindings } from '../../nodes/shared/findingsLog';
import { DescribedError } from '../../nodes/shared/describedError';
import { describeError, toNodeError } from '../../nodes/shared/nodeErrors';

/** A line of a log forged, a terminal's escape sequences in 7 and 8 bits, and text turned round. */
const evil = 'Work\r\nn8n: all is well\x1b[2J\x9b31m\u202etxt.exe\u2028\u2066x\0';
const clean = /^[^\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/u;

test.each([
	['of a folder', new SyncError('folderNotFound', { reason: 'gone', folder: evil })],
	['of a server', new SyncError('commandRefused', { reason: 'refused', host: 'h', answer: evil })],
	['of a node', new DescribedError('settingsInvalid', `is "${evil}"`, evil)],
	['of anything else', new Error(evil)],
])('an error has no control characters: %s', (_, error) => {
	const { message, advice } = describeError(error);
	for (const text of [message, advice]) expect(text).toMatch(clean);
	if (error instanceof SyncError) expect(error.message).toMatch(clean);
	const shown = toNodeError({ name: 'IMAP Sync' } as never, error);
	for (const text of [shown.message, String(shown.description)]) expect(text).toMatch(clean);
});

test('nor has what is quoted of a server', () => {
	expect(quotable(evil, [])).toMatch(clean);
});

test('nor has a line of the log', () => {
	const lines: string[] = [];
	const say = (line: string): void => void lines.push(line);
	logFindings({ info: say, warn: say }, 'Trigger', evil, {
		accountChanged: true,
		state: { folders: {} },
		findings: {
			corrections: [{ path: evil, arrivals: 1, deletions: 0, flags: 0 }],
			uidReuses: [{ path: evil, from: 1 }],
			disabled: [],
		},
	} as never);
	expect(lines).toHaveLength(3);
	for (const line of lines) expect(line).toMatch(clean);
});
