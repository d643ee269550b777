import type { Account } from '../server/account';
import type { DeliverySettings } from './deliverySettings';
import type { ReadingSettings } from './readingSettings';
import type { WatchSettings } from './watchSettings';

/** What a run is asked for. What it works with is a separate argument: see SyncServices. */
export interface SyncSettings {
	account: Account;
	watch: WatchSettings;
	reading: ReadingSettings;
	delivery: DeliverySettings;
}
