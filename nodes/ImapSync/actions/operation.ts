import type { ActionRun } from './ActionRun';
import type { OperationField } from './tool/toolFields';

/** What operations are about; the values of the parameter `resource`. */
export type Resource = 'archive' | 'change' | 'folder' | 'message';

/** What it means to have done it: nothing, something that can be undone, or something that cannot. */
export type Effect = 'reads' | 'changes' | 'destroys';

/** One operation of the action node. How to add one: see registry.ts. */
export interface Operation {
	resource: Resource;
	/** The value of the parameter `operation`; unique within the resource. */
	value: string;
	/** In Title Case, as the list of operations shows it. */
	name: string;
	/** The whole as one sentence without articles, as n8n's node list shows it: "Mark message as read". */
	action: string;
	/** What the name leaves open. One sentence, no full stop. */
	description: string;
	effect: Effect;
	/** The fields, in the editor's order, without `displayOptions.show` for resource and operation: the registry adds them. */
	properties: OperationField[];
	/**
	 * The fields by which an input item asks for what cannot be undone; none where it does not. In a tool a person has to have set them:
	 * see tool/danger.ts.
	 */
	danger?(run: ActionRun, index: number): string[];
	/**
	 * Does it for all input items. Every item gets at least one answer, by run.succeed() or run.fail(); items without one are an
	 * error. What it throws ends the run.
	 */
	run(run: ActionRun): Promise<void>;
}
