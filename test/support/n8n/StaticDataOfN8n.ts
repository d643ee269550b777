import { ObservableObject, type IDataObject } from 'n8n-workflow';

/** n8n's ways to keep static data, as read in n8n 2.41.1: what is copied when, and what is written when, whole. */
export type Way = 'in memory' | 'by the scheduler' | 'with durable cursors';

/** A trigger as it is registered. */
export interface Registered {
	id: string;
	name: string;
}

/** What n8n gives to one poll. */
export interface PolledData {
	own: IDataObject;
	ofWorkflow: IDataObject;
}

/** Whether n8n takes the outcome of a poll, or drops it: the workflow was unpublished, or the lease is lost. */
type Taken = 'taken' | 'dropped';

type Whole = IDataObject & { __dataChanged?: boolean };

/** The static data of one workflow in n8n: its database, and the copies that n8n holds of it in memory. */
export class StaticDataOfN8n {
	private database = '{}';
	/** With durable cursors: the row of each trigger, by the id of its node. */
	private readonly rows = new Map<string, string>();
	/** With in-memory polling: the copy that each registered trigger has, by the id of its node. */
	private readonly copies = new Map<string, Whole>();

	constructor(readonly way: Way) {}

	/** Starts triggers together: each polls once, then what they wrote is saved. */
	activate(triggers: Registered[], poll: (trigger: Registered, data: PolledData) => boolean): void {
		const copy = this.read();
		for (const trigger of triggers) {
			this.copies.set(trigger.id, copy);
			this.poll(trigger, copy, true, poll);
		}
		this.write(copy);
	}

	/** The ticks of some triggers at the same moment: all read before any of them writes. */
	tick(triggers: Registered[], poll: (trigger: Registered, data: PolledData) => boolean, taken: Taken = 'taken'): void {
		const copies = triggers.map(({ id }) => (this.way === 'in memory' ? this.copies.get(id)! : this.read()));
		triggers.forEach((trigger, i) => this.poll(trigger, copies[i], false, poll, taken));
	}

	/** n8n ends: what it had in memory is gone. */
	restart(): void {
		this.copies.clear();
	}

	/** What a Code node does that wrote static data which it had read earlier. */
	goBackTo(earlier: string): void {
		this.database = earlier;
	}

	get saved(): string {
		return this.database;
	}

	private poll(
		trigger: Registered,
		copy: Whole,
		isStart: boolean,
		poll: (trigger: Registered, data: PolledData) => boolean,
		taken: Taken = 'taken',
	): void {
		const named = (key: string): IDataObject =>
			(copy[key] ??= ObservableObject.create({}, copy as never) as IDataObject) as IDataObject;
		const own = named(`node:${trigger.name}`);
		const ofWorkflow = named('global');
		if (this.way !== 'with durable cursors') {
			const emits = poll(trigger, { own, ofWorkflow });
			if (emits && taken === 'taken') this.write(copy);
			return;
		}
		const row = JSON.parse(this.rows.get(trigger.id) ?? JSON.stringify(own)) as IDataObject;
		this.rows.set(trigger.id, JSON.stringify(row));
		const emits = poll(trigger, { own: row, ofWorkflow });
		// The static data is written without a look at the lease.
		if (emits) this.write(copy);
		if (taken === 'taken' && (emits || !isStart)) this.rows.set(trigger.id, JSON.stringify(row));
	}

	private read(): Whole {
		return ObservableObject.create(JSON.parse(this.database) as never, undefined, { ignoreEmptyOnFirstChild: true }) as Whole;
	}

	private write(copy: Whole): void {
		if (copy.__dataChanged !== true) return;
		this.database = JSON.stringify(copy);
		copy.__dataChanged = false;
	}
}
