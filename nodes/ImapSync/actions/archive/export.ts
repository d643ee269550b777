import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import type { IBinaryData, IDataObject } from 'n8n-workflow';
import {
	exportFolders,
	listFolders,
	type ExportChoice,
	type ExportSink,
	type ListSink,
	type OutgoingMessage,
} from '../../../../sync/archive/exportFolders';
import { entryOf, ManifestWriting } from '../../../../sync/archive/manifest';
import { fromLine, MboxMessage } from '../../../../sync/archive/mbox';
import { ZipWriting } from '../../../../sync/archive/zip';
import type { SyncError } from '../../../../sync/errors/syncError';
import type { IdentifiedMessage } from '../../../../sync/reading/identity';
import { safeFileName } from '../../../../sync/mime/fileName';
import { withThreads } from '../../../../sync/search/threadCriteria';
import { describeSyncError } from '../../../shared/errorTexts/describeSyncError';
import type { ActionRun } from '../ActionRun';
import { Progress } from '../Progress';
import { searchInFields, foldersOf, readFolders } from '../selectedFolders';
import { limitFields, readLimit } from '../limitFields';
import type { Operation } from '../operation';
import { readCriteria, searchField } from '../searchField';

/** The field of the manifest's file. */
const MANIFEST_FIELD = 'manifest';
/** Messages that could not be read and are named in one result item. */
const NAMED_FAILURES = 100;

export const exportMessages: Operation = {
	resource: 'archive',
	value: 'export',
	name: 'Export',
	action: 'Export messages to files',
	description: 'Save messages as .eml files, mbox files or one zip file, with a manifest',
	effect: 'reads',
	properties: [
		...searchInFields(),
		{
			displayName: 'Format',
			name: 'format',
			type: 'options',
			default: 'zip',
			options: [
				{ name: 'EML Files', value: 'eml', description: 'One item and one file for each message' },
				{
					name: 'Manifest Only',
					value: 'manifest',
					description: 'Which messages there are, without reading them: to compare another folder or account with',
				},
				{
					name: 'Mbox',
					value: 'mbox',
					description: 'One file for each folder, in the format that most mail programs import (mboxrd)',
				},
				{ name: 'Zip', value: 'zip', description: 'One file that contains all messages as .eml files, and the manifest' },
			],
			description: 'The file format of the export',
		},
		...searchField,
		...limitFields,
		{
			displayName: 'Put Output File in Field',
			name: 'outputField',
			type: 'string',
			default: 'data',
			required: true,
			displayOptions: { hide: { format: ['manifest'] } },
			description: 'The name of the output binary field to put the file in',
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			description: 'Rarely needed settings',
			options: [
				{
					displayName: 'Sort',
					name: 'sort',
					type: 'options',
					default: 'newestFirst',
					options: [
						{ name: 'Newest First', value: 'newestFirst' },
						{ name: 'Oldest First', value: 'oldestFirst' },
					],
					description: "The order of the messages in each folder, and which ones to export if there are more than 'Limit'",
				},
			],
		},
	],
	async run(run) {
		await run.each(async (index) => {
			const selection = readFolders(run, index);
			const criteria = readCriteria(run, index);
			const limit = readLimit(run, index);
			const order = run.choice('options.sort', index, ['newestFirst', 'oldestFirst'] as const);
			const format = run.choice('format', index, ['zip', 'eml', 'mbox', 'manifest'] as const);
			const field = format === 'manifest' ? '' : run.requiredText('outputField', index);
			const { reader } = await run.session();
			const { paths, mayMiss } = await foldersOf(reader, selection);
			const criteriaOf = await withThreads(reader, paths, criteria, { mayMiss, signal: run.signal });
			const choice: ExportChoice = { criteriaOf, limit, order, mayMiss, signal: run.signal };
			const account = await run.account();
			const job: Job = {
				run,
				index,
				field,
				account,
				export: (sink) => exportFolders(reader, paths, choice, withProgress(run, sink)),
				list: (sink) => listFolders(reader, paths, choice, sink),
			};
			if (format === 'manifest') await asManifest(job);
			else if (format === 'eml') await asEml(job);
			else if (format === 'mbox') await asMbox(job);
			else await asZip(job);
		});
	},
};

interface Job {
	run: ActionRun;
	index: number;
	field: string;
	account: string;
	export(sink: ExportSink): Promise<void>;
	list(sink: ListSink): Promise<void>;
}

/** The same sink, beside which is said how far it is. */
function withProgress(run: ActionRun, sink: ExportSink): ExportSink {
	const progress = new Progress(run.n8n, 'Exported');
	let left = 0;
	return {
		...sink,
		async begin(folder, messages) {
			left = messages;
			await sink.begin?.(folder, messages);
		},
		async take(message) {
			await sink.take(message);
			progress.step(message.folder.path, --left);
		},
		missed(...about) {
			left--;
			sink.missed(...about);
		},
	};
}

async function asManifest({ run, index, account, ...job }: Job): Promise<void> {
	const manifest = new ManifestWriting(account);
	const report = new Report();
	await job.list({
		begin: (folder) => report.begin(folder),
		take: (folder, message) => {
			manifest.add(entryOf(folder, message));
			report.took({ message });
		},
	});
	run.succeed(
		index,
		{ account, format: 'manifest', ...report.fields() },
		{ [MANIFEST_FIELD]: await manifestFile(run, manifest) },
	);
}

async function asEml({ run, index, field, account, ...job }: Job): Promise<void> {
	await job.export({
		async take({ folder, message, content, entry }) {
			const stream = Buffer.isBuffer(content) ? content : Readable.from(content, { objectMode: false });
			const file = await run.files.prepareBinaryData(stream, `${nameOf(folder.path)}-${message.uid}.eml`, 'message/rfc822');
			run.succeed(index, { account, ...entry() }, { [field]: file });
		},
		missed(folder, message, error) {
			run.miss(index, error, { account, folder: folder.path, uid: message.uid, uidValidity: folder.uidValidity });
		},
	});
}

async function asZip({ run, index, field, account, ...job }: Job): Promise<void> {
	const zip = new ZipWriting();
	const manifest = new ManifestWriting(account);
	const report = new Report();
	const names = new Map<string, string>();
	const fileName = `${nameOf(account)}.zip`;
	const file = await storing(run, zip.output, fileName, 'application/zip', async () => {
		await job.export({
			begin(folder) {
				names.set(folder.path, freeName(folder.path, new Set(names.values())));
				report.begin(folder);
			},
			async take(outgoing) {
				const { folder, message, content } = outgoing;
				const name = `${names.get(folder.path)}/${message.uid}.eml`;
				await zip.add(name, Buffer.isBuffer(content) ? [content] : content, message.internalDate ?? new Date());
				manifest.add(outgoing.entry(name));
				report.took(outgoing);
			},
			missed: (...about) => report.missed(...about),
		});
		await zip.add('manifest.json', manifest.text(new Date()), new Date());
		zip.end();
	});
	run.succeed(
		index,
		{ account, format: 'zip', fileName, ...report.fields() },
		{ [field]: file, [MANIFEST_FIELD]: await manifestFile(run, manifest) },
	);
}

/** An mbox has no place for the name of a folder, so each folder has a file of its own. */
async function asMbox({ run, index, field, account, ...job }: Job): Promise<void> {
	let open:
		{ file: PassThrough; stored: Promise<IBinaryData>; manifest: ManifestWriting; report: Report; fileName: string } | undefined;
	try {
		await job.export({
			begin(folder) {
				const file = new PassThrough();
				const fileName = `${nameOf(folder.path)}.mbox`;
				const stored = run.files.prepareBinaryData(file, fileName, 'application/mbox');
				// Heard of with the next piece, or in the end.
				stored.catch((error: unknown) => file.destroy(error as Error));
				open = { file, stored, manifest: new ManifestWriting(account), report: new Report(), fileName };
				open.report.begin(folder);
			},
			async take(outgoing) {
				const { file, manifest, report } = open!;
				const mbox = new MboxMessage();
				let isFirst = true;
				for await (const piece of Buffer.isBuffer(outgoing.content) ? [outgoing.content] : outgoing.content) {
					if (isFirst) await write(file, fromLine(piece.toString('latin1'), outgoing.message.internalDate ?? new Date()));
					isFirst = false;
					await write(file, mbox.push(piece));
				}
				if (isFirst) await write(file, fromLine('', outgoing.message.internalDate ?? new Date()));
				await write(file, mbox.end());
				manifest.add(outgoing.entry());
				report.took(outgoing);
			},
			missed: (...about) => open!.report.missed(...about),
			async end() {
				const { file, stored, manifest, report, fileName } = open!;
				file.end();
				const binary = { [field]: await stored, [MANIFEST_FIELD]: await manifestFile(run, manifest) };
				const { folders, ...fields } = report.fields();
				run.succeed(index, { account, ...(folders as IDataObject[])[0], format: 'mbox', fileName, ...fields }, binary);
				open = undefined;
			},
		});
	} catch (error) {
		open?.file.destroy(error as Error);
		await open?.stored.catch(() => undefined);
		throw error;
	}
}

/** What was exported, for the result item. */
class Report {
	private readonly folders: Array<{ folder: string; uidValidity: string; messages: number }> = [];
	private readonly failures: IDataObject[] = [];
	private failed = 0;
	private bytes = 0;

	begin({ path, uidValidity }: OutgoingMessage['folder']): void {
		this.folders.push({ folder: path, uidValidity, messages: 0 });
	}

	took({ message }: Pick<OutgoingMessage, 'message'>): void {
		this.folders[this.folders.length - 1].messages++;
		this.bytes += message.size;
	}

	missed({ path }: OutgoingMessage['folder'], { uid, messageId }: IdentifiedMessage, error: SyncError): void {
		this.failed++;
		if (this.failures.length < NAMED_FAILURES)
			this.failures.push({ folder: path, uid, messageId, code: error.code, error: describeSyncError(error).message });
	}

	fields(): IDataObject {
		return {
			messages: this.folders.reduce((sum, { messages }) => sum + messages, 0),
			bytes: this.bytes,
			folders: this.folders,
			failed: this.failed,
			...(this.failures.length > 0 ? { failures: this.failures } : {}),
		};
	}
}

/** Stores what `write` puts into `output`. When one of both fails the other is not waited for. */
async function storing(
	run: ActionRun,
	output: Readable,
	fileName: string,
	type: string,
	write: () => Promise<void>,
): Promise<IBinaryData> {
	const stored = run.files.prepareBinaryData(output, fileName, type);
	const writing = write();
	try {
		await Promise.race([writing, stored.then(() => writing)]);
		return await stored;
	} catch (error) {
		writing.catch(() => undefined);
		output.destroy(error as Error);
		await stored.catch(() => undefined);
		throw error;
	}
}

async function write(file: PassThrough, bytes: Buffer): Promise<void> {
	if (bytes.length === 0) return;
	if (file.destroyed) throw file.errored ?? new Error('The file was closed before it was complete');
	// once() rejects with the error that the file is destroyed with.
	if (!file.write(bytes)) await once(file, 'drain');
}

async function manifestFile(run: ActionRun, manifest: ManifestWriting): Promise<IBinaryData> {
	return await run.files.prepareBinaryData(
		Readable.from(manifest.text(new Date()), { objectMode: false }),
		'manifest.json',
		'application/json',
	);
}

const nameOf = (path: string): string => safeFileName(path) || 'folder';

/** A folder's path as a path in a zip, and not one that another folder has. */
function freeName(path: string, taken: ReadonlySet<string>): string {
	const name = path.split('/').map(nameOf).join('/');
	for (let number = 1; ; number++) {
		const candidate = number === 1 ? name : `${name} (${number})`;
		if (![...taken].some((other) => other.toLowerCase() === candidate.toLowerCase())) return candidate;
	}
}
