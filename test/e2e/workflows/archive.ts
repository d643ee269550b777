import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ImportedWorkflow, loginTo, type WorkflowTests } from '../../support/n8n/ImportedWorkflow';
import { importScript } from '../../support/n8n/scripts';

const mail = (subject: string): string =>
	`From: a@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.com>\r\n\r\nHello ${subject}\r\n`;

export const tests: WorkflowTests = (place) => {
	it('stores each message with a line in the manifest, and finds at night what is missing, damaged or not archived', async () => {
		const { n8n, dovecot, files } = place();
		const { itemsOf } = await importScript('N8nApi.mjs');
		const user = dovecot.newUser();
		const folder = join(files, randomUUID());
		mkdirSync(folder);
		const workflow = await ImportedWorkflow.import(n8n, 'archive', {
			credentials: { imapSyncApi: loginTo(place(), user) },
			changed: { 'Archive Folder': { assignments: { assignments: [assignment('archiveFolder', folder)] } } },
		});
		const sources = [mail('one'), 'From: b@example.com\r\nSubject: no id\r\n\r\nHello\r\n', mail('three')];
		await dovecot.append(user, 'INBOX', sources[0]);
		await dovecot.append(user, 'INBOX', sources[1], { internalDate: new Date('2020-02-03T04:05:06Z') });
		const lines = (): Array<Record<string, unknown>> => {
			if (!readdirSync(folder).includes('manifest.jsonl')) return [];
			const text = readFileSync(join(folder, 'manifest.jsonl'), 'utf8');
			return text
				.split('\n')
				.slice(0, -1)
				.map((line) => JSON.parse(line) as Record<string, unknown>);
		};
		await workflow.publish();
		await workflow.until(async () => Promise.resolve(lines().length === 2), 'the messages that were there');
		await dovecot.append(user, 'INBOX', sources[2]);
		await workflow.until(async () => Promise.resolve(lines().length === 3), 'the new message');
		await workflow.unpublish();
		const entries = lines().sort((a, b) => Number(a.uid) - Number(b.uid));
		expect(entries.map(({ file }) => readFileSync(String(file), 'utf8'))).toEqual(sources);
		expect(entries[1]).toMatchObject({ account: `${user}@127.0.0.1`, folder: 'INBOX', uid: 2, date: '2020-02-03T04:05:06.000Z' });

		const night = await workflow.runManually('Schedule Trigger');
		expect(itemsOf(night, 'Compare Mailbox')).toMatchObject([{ folder: 'INBOX', identical: true, same: 3 }]);
		expect(itemsOf(night, 'SHA-256')).toHaveLength(3);

		writeFileSync(String(entries[0].file), 'X', { flag: 'a' });
		rmSync(String(entries[1].file));
		await dovecot.append(user, 'INBOX', mail('missed'), { internalDate: new Date('2026-01-01T00:00:00Z') });
		const alarm = expect(workflow.runManually('Schedule Trigger')).rejects;
		await alarm.toThrow(/INBOX: 1 messages are not in the archive, 0 are not as they were archived/);
		const again = await n8n.api.runManually(workflow.id, 'Schedule Trigger');
		expect(new Set(itemsOf(again, 'File Problem').map(({ problem }) => problem))).toEqual(
			new Set([`File ${String(entries[0].file)} is damaged.`, `File ${String(entries[1].file)} is missing.`]),
		);
	});
};

const assignment = (name: string, value: string) => ({ id: name, name, value, type: 'string' });
