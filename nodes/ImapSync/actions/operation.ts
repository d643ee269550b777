import type { ActionRun } from './ActionRun';
import type { OperationField } from './toolFields';

/** What operations are about; the values of the parameter `resource`. */
export type Resource = 'archive' | 'change' | 'folder' | 'message';

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
	/** The fields, in the editor's order, without `displayOptions.show` for resource and operation: the registry adds them. */
	properties: OperationField[];
	/**
	 * Does it for all input items. Every item gets at least one answer, by run.succeed() or run.fail(); items without one are an
	 * error. What it throws ends the run.
	 */
	run(run: ActionRun): Promise<void>;
}
