import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { serverOut, SyncError, stopError } from '../../../sync/errors/syncError';
import { connectSession } from '../../../sync/session/connectSession';
import type { ConnectionSettings } from '../../../sync/imap/settings';
import type { MailSession } from '../../../sync/changing/session';
import { paced } from '../../../sync/reading/pace';
import { credentialTypeOf, openMailbox, type Mailbox } from '../../shared/credentials';
import { invalidField, readChoice, readDate, readList, readText, readWholeNumber, readYesOrNo } from '../../shared/fieldValues';
import { itemFields } from '../../shared/itemFields';
import { describeError, toNodeError } from '../../shared/nodeErrors';
import { sentences } from '../../shared/sentences';
import type { ParameterSource } from '../../shared/parameterSource';
import type { WallClock } from '../../shared/searchConditions';
import type { Account } from '../../../sync/server/account';
import { DescribedError } from '../../shared/describedError';
import { PairedItems } from './PairedItems';
import { answerOf, type Asked } from './tool/answer';
import { modelFields } from './tool/modelFields';

/** Opens a session with a mail server. */
export type ConnectSession = (settings: ConnectionSettings) => Promise<MailSession>;

/**
 * One execution of the action node, as an operation sees it: the input items, their parameters, one connection for all of it,
 * and where results go. Ends with an error at the first failed item unless the node is set to continue; then each failed item
 * gives an item with the error.
 */
export class ActionRun {
	readonly items: readonly INodeExecutionData[];
	private readonly results: INodeExecutionData[][];
	private mailbox: Mailbox | undefined;
	private target: Mailbox | undefined;
	private opening: Promise<MailSession> | undefined;
	private openingTarget: Promise<MailSession> | undefined;
	private readonly failedItems = new Set<number>();
	/** Parameters by input item. An expression costs n8n one to two milliseconds, and an item may mean a hundred thousand messages. */
	private readonly values = new Map<number, Map<string, unknown>>();
	/** What the input items came of. */
	readonly paired: PairedItems;
	/** In a tool: the input items of which a model asked for the texts, and how it goes on from there. */
	readonly textForModel = new Set<number>();
	readonly asked: Asked = { isLimited: false, textFrom: 0 };
	/** Whether a model runs this as its tool, and so fills fields and reads the answer. */
	readonly isTool: boolean;

	constructor(
		private readonly context: IExecuteFunctions,
		/** The fields of the operation that runs. */
		readonly fields: readonly INodeProperties[],
		private readonly connect: ConnectSession = connectSession,
	) {
		this.items = context.getInputData();
		this.results = this.items.map(() => []);
		this.paired = new PairedItems(context);
		// Agents that run their tools as nodes of the workflow do so in the context of a node; the type shows it then.
		this.isTool = context.isToolExecution?.() === true || context.getNode().type.endsWith('Tool');
	}

	/** The places of all input items. */
	get indexes(): number[] {
		return [...this.items.keys()];
	}

	/** What an operation may ask n8n itself. Fields are read by the methods below. */
	get n8n(): Pick<
		IExecuteFunctions,
		| 'addExecutionHints'
		| 'getMode'
		| 'getNode'
		| 'getParentNodes'
		| 'getWorkflow'
		| 'getWorkflowStaticData'
		| 'logger'
		| 'sendMessageToUI'
	> {
		return this.context;
	}

	/** The fields of an input item as the trigger's fields are read: by shared/request.ts. */
	fieldsOf(index: number): ParameterSource {
		return {
			getNodeParameter: (name, fallback) => (this.context.getNodeParameter(name, index, null) as unknown) ?? fallback,
			getTimezone: () => this.context.getTimezone(),
			getNode: () => this.context.getNode(),
		};
	}

	/** The name of the account, as items have it. Reads the credential the first time. */
	async account(): Promise<string> {
		return (await this.readCredential()).account.name;
	}

	/** The account as the credential describes it. Reads the credential the first time. */
	async ownAccount(): Promise<Account> {
		return (await this.readCredential()).account;
	}

	/** The connection of this run: opened when first asked for, the same for all. Throws SyncError. */
	async session(): Promise<MailSession> {
		this.opening ??= this.readCredential().then(({ settings }) => this.connect(this.untilStopped(settings)));
		return await this.opening;
	}

	/** Both accounts of an operation between two. Reads the credentials the first time. */
	async accounts(): Promise<{ source: Account; target: Account }> {
		return { source: (await this.readCredential()).account, target: (await this.readTargetCredential()).account };
	}

	/** The connection to the second account: opened when first asked for. Throws SyncError. */
	async targetSession(): Promise<MailSession> {
		this.openingTarget ??= this.readTargetCredential().then(({ settings }) => this.connect(this.untilStopped(settings)));
		return await this.openingTarget;
	}

	/** Aborted once the execution was cancelled or timed out. To be asked between commands. */
	get signal(): AbortSignal | undefined {
		return this.context.getExecutionCancelSignal?.();
	}

	/** Whoever stops an execution does not wait for a server that has no end. */
	private untilStopped(settings: ConnectionSettings): ConnectionSettings {
		return { ...settings, cancelled: this.signal };
	}

	/** Throws runStopped when the execution was cancelled. */
	throwIfStopped(): void {
		if (this.signal?.aborted) throw stopError();
	}

	// Parameters. `name` may be the path of a field in a collection: 'options.flags'. Errors name the field as the editor shows it.

	/** One line of text; undefined when nothing was entered. */
	text(name: string, index: number): string | undefined {
		return readText(this.label(name), this.value(name, index));
	}

	/** One line of text that must be there. */
	requiredText(name: string, index: number): string {
		const text = this.text(name, index);
		if (text === undefined) throw invalidField(this.label(name), 'is empty');
		return text;
	}

	/** Text of any number of lines, as it is; undefined when nothing was entered. */
	longText(name: string, index: number): string | undefined {
		const value = this.value(name, index);
		if (value === undefined || value === null || value === '') return undefined;
		if (typeof value === 'object') throw invalidField(this.label(name), 'must be text');
		return String(value);
	}

	yesOrNo(name: string, index: number): boolean {
		return readYesOrNo(this.label(name), this.value(name, index)) ?? false;
	}

	wholeNumber(name: string, index: number, minimum: number, fallback: number): number {
		return readWholeNumber(this.label(name), this.value(name, index), minimum, fallback);
	}

	choice<T extends string>(name: string, index: number, values: readonly T[]): T {
		return readChoice(this.label(name), this.value(name, index), values, values[0]);
	}

	list(name: string, index: number, separator: 'line' | 'comma' = 'comma'): string[] {
		return readList(this.label(name), this.value(name, index), separator);
	}

	date(name: string, index: number): Date | undefined {
		return readDate(this.label(name), this.value(name, index), this.context.getTimezone());
	}

	/** The time zone of the workflow, which dates without one mean, and the moment from which relative dates count back. */
	get clock(): WallClock {
		return { zone: this.context.getTimezone(), now: Date.now() };
	}

	/** The path of a folder that was chosen or typed (see shared/folderField.ts). A path may begin or end with a space. */
	folder(name: string, index: number): string {
		const value = this.value(name, index);
		if (readText(this.label(name), value) === undefined) throw invalidField(this.label(name), 'is empty');
		return String(value);
	}

	/** The text of a field before n8n puts in what its expressions give; undefined where it is none. */
	template(name: string): string | undefined {
		const value = this.parameter(name);
		return typeof value === 'string' ? value : undefined;
	}

	/** A parameter as the node has it, before n8n puts in what its expressions give. */
	parameter(name: string): unknown {
		let value: unknown = this.context.getNode().parameters;
		for (const part of name.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
		return value;
	}

	/** A parameter as it is, without checks; a resource locator gives its value. */
	value(name: string, index: number): unknown {
		let ofItem = this.values.get(index);
		if (!ofItem) this.values.set(index, (ofItem = new Map()));
		if (!ofItem.has(name)) ofItem.set(name, this.evaluate(name, index));
		return ofItem.get(name);
	}

	private evaluate(name: string, index: number): unknown {
		// Without a fallback n8n throws for a field that is hidden or was never added to its collection.
		const value = this.context.getNodeParameter(name, index, null) as unknown;
		const plain = typeof value === 'object' && value !== null && '__rl' in value && 'value' in value ? value.value : value;
		return plain ?? undefined;
	}

	/** What the editor calls a parameter. */
	label(name: string): string {
		let fields = this.fields;
		let label = name;
		for (const part of name.split('.')) {
			const field = fields.find((candidate) => candidate.name === part);
			if (!field) break;
			label = field.displayName;
			fields = (field.options ?? []) as INodeProperties[];
		}
		return label;
	}

	/** The bytes of a file of an input item. */
	async file(field: string, index: number): Promise<Buffer> {
		try {
			return await this.context.helpers.getBinaryDataBuffer(index, field);
		} catch (error) {
			throw new DescribedError(
				'settingsInvalid',
				`The item has no file in the field "${field}"`,
				'Enter the name of the field under which the input shows the file.',
				{ cause: error },
			);
		}
	}

	/** Binary data for a result: a file or a stream. */
	get files(): Pick<IExecuteFunctions['helpers'], 'prepareBinaryData'> {
		return this.context.helpers;
	}

	/** Returns one item for an input item. May be called more than once for each. */
	succeed(index: number, json: IDataObject, binary?: INodeExecutionData['binary']): void {
		this.results[index].push({
			json: itemFields(json, this.mailbox?.account.name),
			...(binary && Object.keys(binary).length > 0 ? { binary } : {}),
			pairedItem: { item: index },
		});
	}

	/**
	 * Says that something failed for an input item: with "continue" one item with the error, otherwise the end of the run by an
	 * error that says how much was done before. A cancelled execution never throws, so that what was done stays in its result.
	 */
	fail(index: number, error: unknown, base: IDataObject = {}): void {
		const stopped = error instanceof SyncError && error.code === 'runStopped';
		const nodeError = toNodeError(this.context.getNode(), error, {
			mailbox: this.secretive,
			itemIndex: index,
			addition: this.doneBefore(index),
		});
		if (!this.context.continueOnFail() && !stopped) throw nodeError;
		this.noteFailure(index, error, base);
	}

	/**
	 * Says that one of the messages found for an input item could not be read: an item of its own that names it, also where the node is
	 * set to stop, since the others are there to be used.
	 */
	miss(index: number, error: SyncError, about: IDataObject): void {
		if (error.scope === 'message') this.noteFailure(index, error, about);
		else this.fail(index, error, about);
	}

	private noteFailure(index: number, error: unknown, base: IDataObject): void {
		const { message, advice } = describeError(error, { mailbox: this.secretive });
		this.failedItems.add(index);
		const code = error instanceof SyncError ? error.code : undefined;
		this.results[index].push({
			// No further names beside these: n8n 2.41 takes an item for a failed one by them, and one that has an `error` of its own
			// beside its `json` loses all but the message.
			json: { error: message, details: withoutUndefined({ code, description: advice, ...base }) },
			pairedItem: { item: index },
		});
	}

	/**
	 * Does something for each input item, one after the other; what it throws is that item's failure. Stops when the execution is
	 * cancelled.
	 */
	async each(act: (index: number) => Promise<void>): Promise<void> {
		await this.eachOf(
			this.indexes.map((index) => ({ index })),
			({ index }) => act(index),
		);
	}

	/** As each(), for what was made of the input items. */
	async eachOf<T extends { index: number }>(list: readonly T[], act: (entry: T) => Promise<void>): Promise<void> {
		let lost: SyncError | undefined;
		const pace = paced();
		for (const entry of list) {
			const { index } = entry;
			await pace();
			try {
				this.throwIfStopped();
				// A server that lets nobody in, or is gone, is not asked again for each of a thousand items.
				if (lost) throw lost;
				await act(entry);
			} catch (error) {
				if (!(error instanceof SyncError)) throw error;
				if (serverOut(error)) lost = error;
				this.fail(index, error);
			}
		}
	}

	/** What `read` gives for each input item, or each of `indexes`; an item for which it throws fails and is left out. */
	async readEach<T>(
		read: (index: number) => T | Promise<T>,
		indexes: readonly number[] = this.indexes,
	): Promise<Array<{ index: number; value: T }>> {
		const values: Array<{ index: number; value: T }> = [];
		const pace = paced();
		for (const index of indexes) {
			try {
				values.push({ index, value: await read(index) });
			} catch (error) {
				if (!(error instanceof SyncError)) throw error;
				this.fail(index, error);
			}
			await pace();
		}
		return values;
	}

	/**
	 * What ended the operation as a whole, such as a refused login, as the failure of every item that has no answer yet: someone
	 * who wants to go on after errors wants it after this one too. Throws n8n's error when the node is set to stop.
	 */
	failRest(error: SyncError): void {
		for (const index of this.indexes) if (this.results[index].length === 0) this.fail(index, error);
	}

	/** All items returned, in the order of the input; in a tool the answer to a model. */
	output(): INodeExecutionData[] {
		if (!this.isTool) return this.results.flat();
		const items = this.results.flatMap((ofItem, index) =>
			ofItem.map(({ json }) => modelFields(json, { text: this.textForModel.has(index) })),
		);
		return answerOf(items, this.asked);
	}

	/** Turns whatever ended the run into n8n's error. */
	toNodeError(error: unknown): Error {
		return toNodeError(this.context.getNode(), error, { mailbox: this.secretive, addition: this.doneBefore() });
	}

	/** Ends the connection, and says what went wrong beside what was asked for. Never throws. */
	async close(): Promise<void> {
		const sessions = await Promise.all([this.opening, this.openingTarget].map((opening) => opening?.catch(() => undefined)));
		await Promise.all(sessions.map((session) => session?.close()));
		for (const session of sessions) if (session?.problem) this.warn(session.problem);
	}

	/** Says beside the items, and in the log, what went wrong without keeping anything from being done. */
	private warn(problem: SyncError): void {
		const { message, advice } = describeError(problem, { mailbox: this.secretive });
		const text = sentences(message, advice);
		this.context.logger.warn(`${this.context.getNode().name}: ${text}`);
		this.context.addExecutionHints?.({ message: text, type: 'warning', location: 'outputPane' });
	}

	/** The account and its settings. Throws settingsInvalid. */
	async readCredential(): Promise<Mailbox> {
		if (this.mailbox === undefined) {
			const type = credentialTypeOf(this.context.getNodeParameter('authentication', 0, 'password'));
			this.mailbox = await openMailbox(this.context, type);
		}
		return this.mailbox;
	}

	private async readTargetCredential(): Promise<Mailbox> {
		if (this.target === undefined) {
			// Workflows that were saved before there was a choice have no such field.
			const type = credentialTypeOf(this.context.getNodeParameter('targetAuthentication', 0, 'password'), 'target');
			this.target = await openMailbox(this.context, type);
		}
		return this.target;
	}

	/** Whose secrets no text may show. */
	private get secretive(): Pick<Mailbox, 'secrets'> | undefined {
		const secrets = [this.mailbox, this.target].flatMap((mailbox) => mailbox?.secrets ?? []);
		return secrets.length === 0 ? undefined : { secrets };
	}

	/** How many items were done before the one that fails, of which a part may be done. */
	private doneBefore(failing?: number): string | undefined {
		const done = this.results.filter(
			(result, index) => result.length > 0 && index !== failing && !this.failedItems.has(index),
		).length;
		return done === 0 || done === this.items.length ? undefined : `Before that, ${done} of ${this.items.length} items were done.`;
	}
}

function withoutUndefined(fields: IDataObject): IDataObject {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
