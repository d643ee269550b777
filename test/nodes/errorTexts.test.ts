import { DescribedError } from '../../nodes/shared/describedError';
import { describeFailureReason, describeSyncError } from '../../nodes/shared/errorTexts/describeSyncError';
import type { LoginHint } from '../../sync/errors/errorData';
import { failureReason, readFailureReason } from '../../sync/errors/failureReason';
import { errorOf, SyncError, syncErrorCodes, withConsequence, type SyncErrorArguments } from '../../sync/errors/syncError';

const host = 'mail.example.com:993';
const folder = 'Work';
const lost = new SyncError('connectionLost', { reason: 'closed', host, folder, connecting: false, answer: 'Go away' });

/** Errors with words of their texts: what people search for, and what they are told to do. */
const rows: Array<[SyncErrorArguments, RegExp, RegExp]> = [
	[
		['loginRefused', { reason: 'encryptionRequired', host }],
		/^mail.example.com:993 accepts no login on this connection$/,
		/set Security to STARTTLS/,
	],
	[
		['loginRefused', { reason: 'credentials', host, user: 'me', hint: 'none', answer: 'No.', alerts: ['Read this'] }],
		/^mail.example.com:993 refused the login of me: "No." \(Read this\)$/,
		/Check User .* Password/,
	],
	[['settingsInvalid', { reason: 'connection', field: 'User', problem: 'empty' }], /^User is empty$/, /^Fill in User\.$/],
	[['settingsInvalid', { reason: 'manifest', detail: 'it is not JSON' }], /^The manifest cannot be used: it is not JSON$/, /./],
	[
		['stateUnreadable', { detail: 'it is broken' }],
		/^The saved position of this node cannot be read: it is broken\.$/,
		/start over/,
	],
	[['stateUnreadable', { where: "'Cursor'", detail: 'it is broken' }], /^The saved position in 'Cursor' cannot be read/, /Reset/],
	[['stateMissing', { reason: 'nothingSaved', where: 'x', field: 'If' }], /^There is no position in x$/, /set 'If' to Start/],
	[['hostNotFound', { reason: 'unknown', name: 'mail.invalid' }], /^There is no mail server with the name mail.invalid$/, /Host/],
	[
		['connectionRefused', { reason: 'refused', host, viaProxy: true }],
		/ refused the connection through the proxy$/,
		/993 with TLS, 143 with STARTTLS/,
	],
	[['connectionTimedOut', { reason: 'loginUnfinished', host, seconds: 90 }], / did not finish the login within 90 s$/, /later/],
	[
		['tlsNotTrusted', { host, problem: 'ERR_TLS_CERT_ALTNAME_INVALID' }],
		/^The TLS certificate of mail.example.com:993 is for another name$/,
		/Server Name/,
	],
	[['tlsNotTrusted', { host, problem: 'CERT_HAS_EXPIRED' }], / has expired$/, /new certificate/],
	[['tlsNotTrusted', { host, problem: 'DEPTH_ZERO_SELF_SIGNED_CERT' }], / is self-signed$/, /CA Certificate/],
	[['tlsFailed', { reason: 'tlsExpected', host }], / sent no greeting /, /set Security to TLS/],
	[['serverBusy', { reason: 'slowDown', host, retryAfterMs: 1_500 }], / asks to slow down /, /try again in 2 s/],
	[['serverBusy', { reason: 'connectionsInUse', host, connections: 5 }], /^All 5 connections .* in use/, /poll less often/],
	[['folderNotFound', { reason: 'gone', folder, host }], /^There is no folder "Work" on mail/, /choose the folder again/],
	[
		['folderNotFound', { reason: 'renamed', folder, newName: 'B' }],
		/^The folder "Work" is called "B" now\.$/,
		/^Choose "B" instead\.$/,
	],
	[
		['folderNotFound', { reason: 'notListed', folder, folders: ['INBOX', 'A'], more: 3 }],
		/^The folder "Work" does not exist\.$/,
		/The account has: INBOX, A, and 3 more\.$/,
	],
	[
		['folderInconsistent', { reason: 'deletionUnconfirmed', folder, vanished: 300, known: 300 }],
		/ 300 of 300 messages of "Work" are gone, and a second look at the folder did not confirm it\.$/,
		/operator of the mail server/,
	],
	[
		['markNotKept', { reason: 'keyword', folder, keyword: 'done' }],
		/no keyword "done" in the folder "Work"/,
		/Read .* Leaves Folder/,
	],
	[['markNotKept', { reason: 'seen', folder }], /marked as read/, /Leaves Folder .* Keyword/],
	[['messageUnreadable', { reason: 'substitute', uid: 7 }], /could not convert message 7/, /Open the message in Outlook/],
	[['messageUnreadable', { reason: 'nothingSent', uid: 7 }], / message 7$/, /set 'Output' to Reference/],
	[
		['messageTooLarge', { bytes: 3_145_728, limit: 1_048_576 }],
		/^The message has 3.0 MB, and at most 1.0 MB are copied$/,
		/Max Message Size/,
	],
];

describe('the texts of an error of the core', () => {
	it.each(rows)('%j', (error, message, advice) => {
		const texts = describeSyncError(new SyncError(...error));
		expect(texts.message).toMatch(message);
		expect(texts.advice).toMatch(advice);
	});

	it.each<[LoginHint, RegExp]>([
		['gmail', /app password.*OAuth2/],
		['microsoft', /OAuth2/],
		['providerAppPassword', /app password/],
		['appPassword', /app password/],
		['imapSwitchedOff', /Switch on IMAP/],
		['mailboxNotConnected', /address of the mailbox.*IMAP is enabled.*full access/],
		['accountLocked', /unlock/],
		['googleToken', /sign in again/],
		['microsoftToken', /IMAP\.AccessAsUser\.All.*IMAP\.AccessAsApp/],
		['token', /scope/],
		['none', /User/],
	])('say what a refused login wants: %s', (hint, advice) => {
		const error = new SyncError('loginRefused', { reason: 'credentials', host, user: 'me', hint });
		expect(describeSyncError(error).advice).toMatch(advice);
	});

	it('hold the texts of the error that led to it', () => {
		const unknown = new SyncError('outcomeUnknown', { reason: 'answerLost', check: { kind: 'maybeTwice' } }, { cause: lost });
		expect(describeSyncError(unknown)).toEqual({
			message:
				'mail.example.com:993 closed the connection in the folder "Work": "Go away" before it said whether the change was made',
			advice: 'Check the folder before you repeat it, to avoid duplicates.',
		});
		const notes = new SyncError('notesNotKept', { reason: 'notWritten', folder: 'Notes' }, { cause: lost });
		expect(describeSyncError(notes).message).toMatch(/^In the folder "Notes" what was changed could not be noted: mail/);
	});

	it('say what an error means for something larger', () => {
		const refused = new DescribedError('folderForbidden', 'no right to remove', 'Ask for it.');
		const half = withConsequence(refused, { kind: 'copiedNotRemoved', folder: 'A', target: 'B' }, 'commandRefused');
		expect(half).toMatchObject({ code: 'commandRefused', scope: 'folder' });
		expect(describeSyncError(half)).toEqual({
			message: 'The message was copied to "B", but removing it from "A" failed: no right to remove',
			advice: 'It may now be in both folders. Check "B" before you repeat this, to avoid a second copy.',
		});
		expect(describeSyncError(withConsequence(lost, { kind: 'notCopied' }))).toEqual({
			message: `Not copied, because of what came before: ${describeSyncError(lost).message}`,
			advice: 'Nothing is lost: the next run tries again. Then try again: messages that were copied already are skipped.',
		});
		const notTried = withConsequence(half, { kind: 'notTried', folder: 'A' });
		expect(describeSyncError(notTried).message).toMatch(/^Not tried, because of what came before: The message was copied/);
	});

	it('stay apart from the line for logs, which has code and data', () => {
		expect(lost.message).toBe(
			'connection lost (reason "closed", host "mail.example.com:993", folder "Work", connecting false, answer "Go away")',
		);
		expect(withConsequence(lost, { kind: 'notMoved' }, 'connectionLost').message).toBe(
			`not moved, ${lost.message}: ${lost.message}`,
		);
	});
});

describe('why a message failed', () => {
	it('is kept as text, and read as a sentence', () => {
		const refused = new SyncError('commandRefused', { reason: 'refused', host, folder, answer: 'NO [UNAVAILABLE] UID FETCH' });
		const reason = failureReason(refused);
		expect(readFailureReason(reason)).toMatchObject({ code: 'commandRefused', data: refused.data });
		expect(describeFailureReason(reason)).toBe(
			'mail.example.com:993 refused a command in the folder "Work": "NO [UNAVAILABLE] UID FETCH"',
		);
	});

	it('fits into a state, whatever the server says', () => {
		for (const [answer, name] of [
			['x"\\'.repeat(200), folder],
			['x'.repeat(500), folder],
			[undefined, 'y'.repeat(300)],
		]) {
			const reason = failureReason(new SyncError('commandRefused', { reason: 'refused', host, folder: name, answer })).slice(
				0,
				200,
			);
			expect(describeFailureReason(reason)).toMatch(/refused/);
		}
	});

	it('is in words where it is no error of the core, or was written by another version', () => {
		expect(describeFailureReason(failureReason(new Error('part 1.2 has no end')))).toBe('part 1.2 has no end');
		expect(describeFailureReason('["what is this')).toBe('["what is this');
		expect(describeFailureReason('["noSuchCode",{}]')).toBe('["noSuchCode",{}]');
		for (const code of syncErrorCodes) expect(describeFailureReason(failureReason(errorOf(code, {})))).not.toBe('');
	});

	it('says what to look for where nobody acknowledged it', () => {
		const error = { reason: 'message', by: 'keyword', keyword: 'n8n-done', minutes: 60, attempts: 3 } as const;
		expect(describeFailureReason(failureReason(new SyncError('acknowledgementMissing', error)))).toBe(
			'No workflow acknowledged this message: it was handed over 3 times, and 60 minutes later it was still there without the keyword "n8n-done". ' +
				"Check the workflow for failed executions, and make sure that each branch ends with 'IMAP Sync > Message > Acknowledge' (or with the change chosen in 'Acknowledge') in the same mailbox.",
		);
	});
});
