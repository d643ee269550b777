import type { StopSignal } from '../errors/stopSignal';
import type { ContentMatches } from '../search/contentMatches';
import type { Capabilities } from '../server/capabilities';
import type { OpenFolder } from '../server/mailServer';
import type { WatchSettings } from '../settings/watchSettings';
import type { Diagnostics } from './diagnostics';
import type { FolderState } from './folderState';
import type { Plan } from './plan';
import type { SyncNeeds } from './syncNeeds';

/** What the steps of a plan work with. */
export interface ObserveInput {
	folder: OpenFolder;
	state: FolderState | undefined;
	plan: Plan;
	needs: SyncNeeds;
	capabilities: Capabilities;
	watch: Pick<WatchSettings, 'filter' | 'filterDates' | 'startFrom'>;
	/** For a filter that is decided by reading: what was read before, and whether time is up. */
	lookup: { contentMatches?: ContentMatches; signal?: StopSignal };
	/** Collects what is noticed on the way. */
	diagnostics: Diagnostics;
}
