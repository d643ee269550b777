import type { MailHost } from '../mailHost';
import { PushWorkflow, type Act } from './PushWorkflow';
import type { TestN8n } from './startN8n';

/** How long an execution works, in milliseconds. */
const WORK_MS = 400;
/**
 * What is done to messages afterwards is gathered for half a second: some executions take longer than that, so that a mark before the end
 * of an execution would be there to be seen.
 */
const LONG_WORK_MS = 2_000;
const isLong = (subject: string): boolean => Number(subject.slice(1)) % 8 === 3;

/** Messages of one workflow while n8n's processes are killed, and what is done to those whose execution succeeded. */
export class PushBurst {
	readonly subjects: string[] = [];

	private constructor(
		readonly act: Act,
		readonly workflow: PushWorkflow,
	) {}

	/** `options` are those of the trigger, where they are not the usual. */
	static async begin(place: { n8n: TestN8n; host: MailHost }, act: Act, options: object = {}): Promise<PushBurst> {
		const whenDone = { whenDone: act, doneFolder: place.host.folder('Done') };
		const workflow = await PushWorkflow.create(place, { options: { ...whenDone, ...options } });
		workflow.sink.work = WORK_MS;
		workflow.sink.longer = ({ subject }) => (isLong(subject) ? LONG_WORK_MS : 0);
		await place.n8n.api.publish(workflow.id);
		return new PushBurst(act, workflow);
	}

	async append(count: number): Promise<void> {
		const more = Array.from({ length: count }, (_, i) => `m${String(this.subjects.length + i + 1).padStart(3, '0')}`);
		this.subjects.push(...more);
		await this.workflow.append(...more);
	}

	/** Waits until so many more messages were delivered, and then for a moment of the last one's execution, by a number from 0 to 1. */
	async moment(more: number, share: number, seed: number): Promise<void> {
		const { deliveries } = this.workflow.sink;
		const enough = Math.min(deliveries.length + more, this.subjects.length);
		await this.workflow.until(() => deliveries.length >= enough, `${enough} deliveries (seed ${seed})`);
		const { subject } = deliveries.at(-1)!;
		await new Promise((resolve) => setTimeout(resolve, share * (isLong(subject) ? WORK_MS + LONG_WORK_MS : WORK_MS)));
	}

	/** So many deliveries were not the first one of their message. */
	get repeats(): number {
		const { deliveries } = this.workflow.sink;
		return deliveries.length - new Set(deliveries.map(({ eventId }) => eventId)).size;
	}

	/** Asserts that nothing is done too soon; says how far it is. */
	async look(): Promise<string> {
		const { act, workflow } = this;
		expect([act, await workflow.doneTooSoon(act)]).toEqual([act, []]);
		return `${act} ${(await workflow.done(act)).length} of ${this.subjects.length} with ${this.repeats} repeats`;
	}

	/** Waits until all is done, and asserts that each message came, with one event id, and at most so many repeats. */
	async end(mostRepeats: number, seed: number): Promise<void> {
		const { act, workflow, subjects } = this;
		const { deliveries } = workflow.sink;
		const isDone = async (): Promise<boolean> => (await workflow.done(act)).length === subjects.length;
		await workflow.until(isDone, `${act} of all (seed ${seed})`, 240_000, 500);
		const attempts = new Map<string, number[]>();
		for (const { subject, attempt } of deliveries) attempts.set(subject, [...(attempts.get(subject) ?? []), attempt]);
		expect([...attempts.keys()].sort()).toEqual(subjects);
		expect(deliveries.length - this.repeats).toBe(subjects.length);
		expect(this.repeats).toBeLessThanOrEqual(mostRepeats);
		for (const numbers of attempts.values()) expect(new Set(numbers).size).toBe(numbers.length);
	}
}
