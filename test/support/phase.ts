import { DoubtfulMessages } from '../../sync/reading/doubtfulMessages';
import { byName } from '../../sync/uids/byName';
import { Emitter } from '../../sync/delivery/emitter';
import { RunBudget } from '../../sync/delivery/runBudget';
import type { EventName, SyncEvent } from '../../sync/events/syncEvent';
import { noDiagnostics } from '../../sync/folder/diagnostics';
import type { SyncNeeds } from '../../sync/folder/syncNeeds';
import { MoveTracker } from '../../sync/run/moveTracker';
import type { RunContext } from '../../sync/run/runContext';
import { startProgress, type Run, type RunProgress } from '../../sync/run/runProgress';
import type { WatchedFolders } from '../../sync/run/watchedFolders';
import type { DeliverySettings, RunLimits } from '../../sync/settings/deliverySettings';
import type { WatchSettings } from '../../sync/settings/watchSettings';
import { everyEvent } from './account';
import { FakeAccount, FakeMailServer, type FakeOptions } from './fakeMailServer';
import { folderState, type FolderStateText } from './folderState';

/** A run in the middle, as a test of one of its phases needs it. */
export interface PhaseGiven {
	account?: FakeAccount;
	server?: FakeOptions;
	/** What is known of the folders. */
	folders?: Record<string, FolderStateText>;
	watched?: Partial<Omit<WatchedFolders, 'folders'>>;
	progress?: Partial<Omit<RunProgress, 'folders'>>;
	events?: EventName[];
	watch?: Partial<Omit<WatchSettings, 'events'>>;
	delivery?: Partial<DeliverySettings>;
	needs?: Partial<SyncNeeds>;
	limits?: Partial<RunLimits>;
	filterChanged?: boolean;
	now?: number;
}

export interface Phase {
	run: Run;
	context: RunContext;
	server: FakeMailServer;
	/** What the sink took. */
	emitted: SyncEvent[];
}

/** A run whose phases up to now left this. */
export function phase(given: PhaseGiven = {}): Phase {
	const { account = new FakeAccount(), now = 0, events = everyEvent, needs, limits, filterChanged = false } = given;
	const folders = byName(Object.entries(given.folders ?? {}).map(([path, text]) => [path, folderState(text)]));
	const server = new FakeMailServer(account, given.server);
	const emitted: SyncEvent[] = [];
	const allLimits = { messages: 100, bytes: 1_000_000, deadline: now + 60_000, ...limits };
	const wanted = { newMessages: true, updates: true, deletions: true, moves: false, filter: false, ...needs };
	const moves = new MoveTracker(folders, wanted.moves);
	const budget = new RunBudget(allLimits, () => now);
	const context: RunContext = {
		doubts: new DoubtfulMessages(),
		settings: {
			account: { name: 'alice@example.com', user: 'alice@example.com', host: 'mail.example.com:993' },
			watch: {
				events: new Set(events),
				selection: { kind: 'chosen', folders: Object.keys(folders) },
				startFrom: { kind: 'now' },
				...given.watch,
			},
			reading: { output: 'reference', attachments: false, messageSize: 1_000_000 },
			delivery: { limits: allLimits, ...given.delivery },
		},
		services: { server, now: () => now, sink: async (event) => void emitted.push(event) },
		needs: wanted,
		filterChanged,
		budget,
		emitter: new Emitter(
			async (event) => void emitted.push(event),
			budget,
			() => now,
		),
		eventAccount: { accountKey: 'key', account: 'alice@example.com', deliveries: 7 },
		diagnostics: noDiagnostics(),
	};
	const progress = { ...startProgress(folders, []), ...given.progress };
	const watched = { paths: Object.keys(folders), folders, deselected: {}, gone: [], lost: [], ...given.watched };
	return { run: { context, watched, progress, moves, unknownFolders: 0, initialSync: () => 'now' }, context, server, emitted };
}
