import type { INode, Workflow } from 'n8n-workflow';
import type { ActionRun } from '../ActionRun';

/**
 * Where n8n would not keep static data that an action writes (n8n 2.41, November 2026). It loads and saves the static data of a
 * workflow whole, at the end of an execution, and in the cases below it starts from nothing, saves nothing, or saves an older whole.
 */

/** What is known of how n8n runs this. */
export interface Surroundings {
	mode: string;
	workflowId?: string;
	/** Whether this process is part of an n8n with workers. */
	isQueueMode: boolean;
	/** Names of other nodes of the workflow that keep static data of their own between executions. */
	statefulTriggers: string[];
	/** Names of Wait nodes before this one. */
	waitsBefore: string[];
	/** Whether there is a position in the static data. */
	hasPosition: boolean;
}

/** Why static data would be lost: goes on after "Static data cannot keep the position here:". Undefined where it is kept. */
export function staticDataObstacle({
	mode,
	workflowId,
	isQueueMode,
	statefulTriggers,
	waitsBefore,
	hasPosition,
}: Surroundings): string | undefined {
	if (mode === 'manual') return 'n8n saves none in a test run from the editor. Publish the workflow to use it';
	// Workers begin each execution with empty static data since n8n 2.40, and overwrite those of the workflow with it.
	if (isQueueMode) return 'in queue mode n8n starts an execution without it';
	// n8n has the data that the workflow had in the editor; longer ids are not saved either.
	if (!workflowId || workflowId.length > 21) return 'the workflow was not saved yet';
	if (statefulTriggers.length > 0) {
		const names = statefulTriggers.map((name) => `"${name}"`).join(', ');
		return `the trigger ${names} of this workflow keeps its own in memory and overwrites all of it`;
	}
	// Both begin with nothing, unless the workflow as it is now is used: then there is a position.
	if (!hasPosition && mode === 'retry') return 'n8n repeats a failed execution without it';
	if (!hasPosition && waitsBefore.length > 0) return `after "${waitsBefore[0]}" n8n goes on without it`;
	return undefined;
}

/** Looks at n8n. What it does not reveal is taken to be no obstacle. */
export function surroundingsOf({ n8n }: ActionRun, hasPosition: boolean): Surroundings {
	const { name } = n8n.getNode();
	// Not part of the interface of n8n-workflow, and there since its first version; without it only what leads here is seen.
	const { workflow } = n8n as unknown as { workflow?: Workflow };
	const parents = ignoringErrors(() => n8n.getParentNodes(name)) ?? [];
	const waits = parents.filter(({ type, disabled }) => type === 'n8n-nodes-base.wait' && !disabled).map((node) => node.name);
	const nodes: INode[] = Object.values(workflow?.nodes ?? {});
	const polls = ignoringErrors(() => workflow?.getPollNodes().map((node) => node.name)) ?? [];
	const stateful = nodes.filter((node) => !node.disabled && (polls.includes(node.name) || keepsState(node)));
	return {
		mode: n8n.getMode(),
		workflowId: n8n.getWorkflow().id,
		isQueueMode: process.env.EXECUTIONS_MODE === 'queue' || process.argv[2] === 'worker',
		statefulTriggers: stateful.map((node) => node.name),
		waitsBefore: waits,
		hasPosition,
	};
}

/** Triggers that do not poll and write static data at every turn. */
function keepsState({ type, parameters }: INode): boolean {
	if (type === 'n8n-nodes-base.emailReadImap' || type.endsWith('.imapPushTrigger')) return true;
	if (type !== 'n8n-nodes-base.scheduleTrigger') return false;
	const { interval } = (parameters.rule ?? {}) as { interval?: Array<Record<string, unknown>> };
	return (interval ?? []).some(countsTurns);
}

/** A schedule that no cron expression can say is counted in static data: every 2 hours, every 7 minutes. */
function countsTurns({
	field,
	minutesInterval,
	hoursInterval,
	daysInterval,
	weeksInterval,
	monthsInterval,
}: Record<string, unknown>): boolean {
	if (field === 'minutes') return 60 % Number(minutesInterval ?? 5) !== 0;
	const every = { hours: hoursInterval, days: daysInterval, weeks: weeksInterval, months: monthsInterval }[
		String(field ?? 'days')
	];
	return every !== undefined && Number(every) !== 1;
}

function ignoringErrors<T>(ask: () => T): T | undefined {
	try {
		return ask();
	} catch {
		return undefined;
	}
}
