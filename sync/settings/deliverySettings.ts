import type { Acknowledge } from './acknowledge';

/** What one run is bounded to. What is left comes with the next run. */
export interface RunLimits {
	/** events */
	messages: number;
	/** bytes of message data fetched */
	bytes: number;
	/** when to stop, in milliseconds since 1970 */
	deadline: number;
}

/** How what was found is delivered. */
export interface DeliverySettings {
	limits: RunLimits;
	/** With it a new message is delivered again until it is acknowledged. */
	acknowledge?: Acknowledge;
}
