import { FolderRights, type ReportedRights } from '../../../sync/imap/folderRights';
import { codeInWords } from '../../../sync/imap/refusalWords';

const told = (flags: string | undefined, more: Partial<ReportedRights> = {}): FolderRights =>
	new FolderRights({
		readOnly: false,
		permanentFlags: flags === undefined ? undefined : new Set(flags.split(' ').filter((flag) => flag !== '')),
		rights: undefined,
		acl: true,
		...more,
	});
const all = '\\answered \\flagged \\draft \\deleted \\seen \\*';

test.each<[string, FolderRights, boolean, unknown[], string[] | undefined]>([
	['all rights', told(all), false, [undefined, undefined, undefined, undefined], undefined],
	['nothing told', told(undefined), false, [undefined, undefined, undefined, undefined], undefined],
	['READ-ONLY', told(undefined, { readOnly: true }), true, [undefined, undefined, undefined, undefined], undefined],
	['lr as the owner (Cyrus)', told(''), true, ['s', 'w', 't', 'w'], ['t']],
	['lrs (Cyrus)', told('\\seen'), false, [undefined, 'w', 't', 'w'], ['t']],
	['lrw (Cyrus)', told('\\answered \\flagged \\draft \\*'), false, ['s', undefined, 't', undefined], ['t']],
	['lrst (Cyrus, which does not tell of "e")', told('\\deleted \\seen'), false, [undefined, 'w', undefined, 'w'], undefined],
	['lrs (Courier)', told(all, { rights: 'lrs' }), false, [undefined, 'w', 't', 'w'], ['t', 'e']],
	['lrst (Courier)', told(all, { rights: 'lrst' }), false, [undefined, 'w', undefined, 'w'], ['e']],
	['rights of RFC 2086', told(all, { rights: 'acdilrsw' }), false, [undefined, undefined, undefined, undefined], undefined],
	[
		'no keywords',
		told('\\answered \\flagged \\draft \\deleted \\seen'),
		false,
		[undefined, undefined, undefined, 'not kept'],
		undefined,
	],
	['no ACL, no flags', told('', { acl: false }), false, ['not kept', 'not kept', 'not kept', 'not kept'], ['t']],
	['no ACL, any keyword', told('\\*', { acl: false }), false, [undefined, undefined, undefined, undefined], undefined],
])('%s', (_, rights, changesNothing, flags, missing) => {
	const lacking = (flag: string): string | undefined => {
		const found = rights.lacking([flag]);
		return found && (found.right ?? 'not kept');
	};
	expect(rights.changesNothing).toBe(changesNothing);
	expect(['\\Seen', '\\Flagged', '\\Deleted', 'todo'].map(lacking)).toEqual(flags);
	expect(rights.missingToRemove).toEqual(missing);
});

test('the first flag that is lacking is named', () => {
	expect(told('\\seen').lacking(['\\Seen', '\\Flagged', '\\Draft'])).toEqual({ flag: '\\Flagged', right: 'w' });
});

test.each([
	['Over quota', 'OVERQUOTA'],
	['[ALERT] You exceeded your mail quota.', 'OVERQUOTA'],
	['You exceeded your mail quota.', 'OVERQUOTA'],
	['Permission denied', 'NOPERM'],
	['Access denied for COPY on #shared.user1.lr (ACL "i" required)', 'NOPERM'],
	['Mailbox does not exist', 'NONEXISTENT'],
	['Subscribe: Mailbox does not exist', 'NONEXISTENT'],
	['Mailbox does not exist, or must be subscribed to.', 'NONEXISTENT'],
	['The folder "Permission denied" is busy', ''],
	['', ''],
])('%s: %s', (text, code) => {
	expect(codeInWords(text)).toBe(code);
});
