import type { SyncError } from '../errors/syncError';
import type { MappedMessage } from './mapMessage';
import type { MappingOptions } from './readOptions';
import type { FetchedMessage } from '../server/message';

/** What a thread is given to read: all of it can be copied into another thread. */
export interface ReadingTask {
	message: Omit<FetchedMessage, 'source' | 'header' | 'parts' | 'readPart'> & {
		source?: Uint8Array;
		header?: Uint8Array;
		parts?: ReadonlyMap<string, Uint8Array>;
		readPart?: undefined;
	};
	options: MappingOptions;
}

/** What a thread says. */
export type ThreadMessage =
	| { kind: 'ready' }
	| { kind: 'mapped'; mapped: MappedMessage }
	| { kind: 'refused'; code: SyncError['code']; data: SyncError['data'] }
	| { kind: 'broken'; name: string };
