import { SyncError } from '../../sync/errors/syncError';
import { connectMailServer } from '../../sync/imap/ImapMailServer';
import type { ConnectionSettings } from '../../sync/imap/settings';
import type { MailServer } from '../../sync/server/mailServer';
import { decodeState, encodeState } from '../../sync/state/state';
import { syncAccount, type SyncOutcome } from '../../sync/run/syncAccount';
import type { FetchedMessage } from '../../sync/server/message';
import type { EventName, SyncEvent } from '../../sync/events/syncEvent';
import type { SyncState } from '../../sync/state/syncState';
import type { DeliverySettings, RunLimits } from '../../sync/settings/deliverySettings';
import type { ReadingSettings } from '../../sync/settings/readingSettings';
import type { SyncSettings } from '../../sync/settings/syncSettings';
import type { WatchSettings } from '../../sync/settings/watchSettings';
import type { SyncServices } from '../../sync/run/runContext';

/** All events there are. */
export const everyEvent: EventName[] = [
	'messageNew',
	'messageUpdated',
	'messageMoved',
	'messageDeleted',
	'messageMatched',
	'messageUnmatched',
	'messageFailed',
	'folderCreated',
	'folderRenamed',
	'folderDeleted',
	'folderReset',
];

/** What a test asks for beyond the defaults, which are the nodes' defaults with output `reference`. */
export interface Ask
	extends
		Partial<Omit<WatchSettings, 'events'>>,
		Partial<ReadingSettings>,
		Partial<Omit<DeliverySettings, 'limits'>>,
		Partial<Pick<SyncServices, 'ownChanges' | 'contentMatches' | 'signal'>> {
	events?: EventName[];
	limits?: Partial<RunLimits>;
	user?: string;
	/** Throws to make a message fail. */
	onEvent?: (event: SyncEvent, message?: FetchedMessage) => void;
	now?: () => number;
}

const MEGABYTE = 1024 * 1024;

/** What one run gave. */
export interface Run extends Omit<SyncOutcome, 'findings'>, Readonly<SyncOutcome['findings']> {
	events: SyncEvent[];
	messages: Map<SyncEvent, FetchedMessage>;
}

/**
 * An account that is followed as a node follows it: the state goes through JSON between two runs, and a run is a connection
 * of its own.
 */
export class FollowedAccount {
	/** What is kept between runs: what n8n would save. */
	stored: unknown;

	constructor(
		private readonly connect: () => Promise<MailServer>,
		private readonly user: string,
		private host: string,
		private readonly defaults: Ask = {},
	) {}

	/** An account on a real server. */
	static on(settings: ConnectionSettings, defaults: Ask = {}): FollowedAccount {
		return new FollowedAccount(() => connectMailServer(settings), settings.user, `${settings.host}:${settings.port}`, defaults);
	}

	/** The same mailbox is found under another name from now on. */
	moveTo(host: string): void {
		this.host = host;
	}

	/** One run; the state is kept. */
	async run(ask: Ask = {}): Promise<Run> {
		const run = await this.runWithoutKeeping(ask);
		this.stored = JSON.parse(JSON.stringify(encodeState(run.state)));
		return run;
	}

	/** One run whose state is lost, as when the process dies between hand-over and saving. */
	async runWithoutKeeping(ask: Ask = {}): Promise<Run> {
		const { events = everyEvent, user = this.user, onEvent, now = Date.now, ...rest } = { ...this.defaults, ...ask };
		const { ownChanges, contentMatches, signal } = rest;
		const settings = settingsOf({ name: user, user, host: this.host }, { ...rest, events }, now());
		const server = await this.connect();
		try {
			const seen: SyncEvent[] = [];
			const messages = new Map<SyncEvent, FetchedMessage>();
			const state: SyncState | undefined = decodeState(this.stored);
			const outcome = await syncAccount(settings, state, {
				ownChanges,
				contentMatches,
				signal,
				server,
				sink: async (event, message) => {
					onEvent?.(event, message);
					seen.push(event);
					if (message) messages.set(event, message);
				},
				now,
			});
			const { findings, ...done } = outcome;
			return { ...done, ...findings, events: seen, messages };
		} finally {
			await server.close();
		}
	}
}

/** The settings of a run, from what a test asks for and the nodes' defaults. */
function settingsOf(account: SyncSettings['account'], ask: Ask & { events: EventName[] }, now: number): SyncSettings {
	const { selection = { kind: 'chosen', folders: ['INBOX'] }, startFrom = { kind: 'now' } } = ask;
	const { output = 'reference', attachments = false, messageSize = 25 * MEGABYTE, chooseParts, updatedContent } = ask;
	const { filter, filterDates, ignore, notesFolder, machineKeywords, acknowledge, limits } = ask;
	return {
		account,
		watch: { events: new Set(ask.events), selection, startFrom, filter, filterDates, ignore, notesFolder, machineKeywords },
		reading: { output, attachments, messageSize, chooseParts, updatedContent },
		delivery: { limits: { messages: 200, bytes: 64 * MEGABYTE, deadline: now + 60_000, ...limits }, acknowledge },
	};
}

/** The events in a form that a test can compare: name, folder, UID, and what changed. */
export const told = (events: SyncEvent[]): string[] =>
	events.map(
		({ event, folder, uid, previous, flagsAdded = [], flagsRemoved = [] }) =>
			`${event} ${previous ? `${previous.folder}${previous.uid === undefined ? '' : `/${previous.uid}`} -> ` : ''}${folder}${uid === undefined ? '' : `/${uid}`}${[...flagsAdded.map((flag) => ` +${flag}`), ...flagsRemoved.map((flag) => ` -${flag}`)].join('')}`,
	);

/**
 * A server may refuse one login in some thousands for the moment (Courier 5.0: "Temporary problem, please try again later", seen on
 * 2026-11-23): the next poll does it then.
 */
export async function patiently(run: () => Promise<Run>): Promise<Run> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await run();
		} catch (error) {
			if (!(error instanceof SyncError) || error.code !== 'serverBusy' || attempt === 3) throw error;
		}
	}
}
