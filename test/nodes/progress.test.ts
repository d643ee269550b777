import type { INode } from 'n8n-workflow';
import { Progress } from '../../nodes/ImapSync/actions/Progress';
import { recordingLogger, type LogLine } from '../support/n8nContext';

it('says how far it is every quarter of a minute, and nothing of work that is done soon', () => {
	const log: LogLine[] = [];
	const shown: string[] = [];
	let now = 0;
	const n8n = {
		getNode: () => ({ name: 'IMAP Sync' }) as INode,
		logger: recordingLogger(log),
		sendMessageToUI: (text: string) => void shown.push(text),
	};
	const progress = new Progress(n8n, 'Copied', () => now);
	for (let left = 99; left >= 0; left--, now += 100) progress.step('INBOX', left);
	expect(log).toEqual([]);
	for (let left = 149; left >= 0; left--, now += 100) progress.step('Work\r\n', left);
	expect(shown).toEqual(['Copied 51 of 150 messages of "Work "']);
	expect(log).toEqual([{ level: 'info', message: 'IMAP Sync: Copied 51 of 150 messages of "Work "' }]);
});
