import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ImportedWorkflow, loginTo, type WorkflowTests } from '../../support/n8n/ImportedWorkflow';
import { importScript } from '../../support/n8n/scripts';
import { hasS3, startS3 } from '../../support/s3';

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

	(hasS3 ? it : it.skip)('stores the messages on S3-compatible storage, and finds at night what is missing there', async () => {
		const { n8n, dovecot, files } = place();
		const { itemsOf } = await importScript('N8nApi.mjs');
		const { freePort } = await importScript('ports.mjs');
		const s3 = await startS3('mail', await freePort());
		try {
			const user = dovecot.newUser();
			const folder = join(files, randomUUID());
			mkdirSync(folder);
			const workflow = await ImportedWorkflow.import(n8n, 'archive', {
				credentials: { imapSyncApi: loginTo(place(), user), s3: s3.credential },
				changed: { 'Archive Folder': { assignments: { assignments: [assignment('archiveFolder', folder)] } } },
				replaced: {
					'Write .eml': onS3({ operation: 'upload', fileName: KEY, binaryData: true, binaryPropertyName: 'message' }),
					'Read .eml': onS3({ operation: 'download', fileKey: KEY, binaryPropertyName: 'data' }),
				},
			});
			await dovecot.append(user, 'INBOX', mail('one'));
			await dovecot.append(user, 'INBOX', mail('zwei'));
			await workflow.publish();
			const manifest = (): string =>
				readdirSync(folder).length === 0 ? '' : readFileSync(join(folder, 'manifest.jsonl'), 'utf8');
			await workflow.until(async () => Promise.resolve(manifest().split('\n').length === 3), 'two lines in the manifest');
			await workflow.unpublish();
			const night = await workflow.runManually('Schedule Trigger');
			expect(itemsOf(night, 'Compare Mailbox')).toMatchObject([{ folder: 'INBOX', identical: true, same: 2 }]);
			expect(itemsOf(night, 'SHA-256')).toHaveLength(2);

			// A line of which the file is not there.
			const [line] = manifest().split('\n');
			const other = { ...(JSON.parse(line) as object), file: join(folder, 'gone.eml'), uid: 99 };
			writeFileSync(join(folder, 'manifest.jsonl'), `${JSON.stringify(other)}\n`, { flag: 'a' });
			const again = await n8n.api.runManually(workflow.id, 'Schedule Trigger');
			expect(itemsOf(again, 'File Problem')).toMatchObject([{ problem: `File ${other.file} is missing.` }]);
		} finally {
			await s3.stop();
		}
	});
};

/** What the page says is to be put into the S3 nodes. */
const KEY = "={{ $json.file.split('/').pop() }}";

const onS3 = (parameters: object) => ({
	type: 'n8n-nodes-base.s3',
	typeVersion: 1,
	parameters: { resource: 'file', bucketName: 'mail', ...parameters },
});

const assignment = (name: string, value: string) => ({ id: name, name, value, type: 'string' });
