import type { Acknowledge } from './acknowledge';

/** The limits of one run. The next run delivers what is left. */
export interface RunLimits {
	/** events */
	messages: number;
	/** The same once all events are delivered and only older messages are left; as `messages` where absent. */
	olderMessages?: number;
	/** bytes of message data fetched */
	bytes: number;
	/** when to stop, in milliseconds since 1970 */
	deadline: number;
}

/** How events are delivered. */
export interface DeliverySettings {
	limits: RunLimits;
	/** With it a new message is delivered again until it is acknowledged. */
	acknowledge?: Acknowledge;
}
