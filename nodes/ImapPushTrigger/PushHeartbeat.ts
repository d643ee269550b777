import type { ITriggerFunctions } from 'n8n-workflow';
import { heartbeatItem, type Pulse } from '../shared/heartbeat';

/** What a heartbeat reports, but for whose it is. */
type PulseOfWatch = Omit<Pulse, 'workflow' | 'node'>;

/** Says at intervals that the trigger is alive, whether or not it reaches the server. */
export class PushHeartbeat {
	private dueAt = 0;

	/** `every`: milliseconds; undefined: no heartbeats. */
	constructor(
		private readonly context: ITriggerFunctions,
		private readonly every: number | undefined,
	) {}

	/** When the next one is due; milliseconds since 1970. Infinity: never. */
	get at(): number {
		return this.every === undefined ? Infinity : this.dueAt;
	}

	/** Sends one, unless there is nothing to say yet: a trigger that never began a mailbox has no pulse. */
	beat(now: number, pulse: PulseOfWatch | undefined): void {
		if (this.every === undefined) return;
		this.dueAt = now + this.every;
		if (!pulse) return;
		const { context } = this;
		context.emit([[], [heartbeatItem({ ...pulse, workflow: context.getWorkflow(), node: context.getNode() }, now)]]);
	}
}
