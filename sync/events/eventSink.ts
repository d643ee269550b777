import type { FetchedMessage } from '../server/message';
import type { SyncEvent } from './syncEvent';

/**
 * Takes what a run found, one event at a time, in order. `message` is there for messageNew and messageUpdated and holds what
 * the output level asks for. Throwing says that this one message could not be made into an item: it is then kept and tried
 * again, and the run goes on. The message's bytes may be freed as soon as the promise resolves.
 */
export type EventSink = (event: SyncEvent, message?: FetchedMessage) => Promise<void>;
