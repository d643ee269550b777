import type { INodeProperties } from 'n8n-workflow';

/** A field of an operation: one of n8n's, and what it is where the node is the tool of an agent. */
export interface OperationField extends INodeProperties {
	/** What is different in a tool: mostly the default, which has to suit a model. */
	inTool?: Partial<INodeProperties>;
	/** There is such a field in a tool only. */
	toolOnly?: true;
}

/** The field, or the two of one name, of which n8n shows and reads the one that is in its place. */
export function asShown({ inTool, toolOnly, ...field }: OperationField): INodeProperties[] {
	if (inTool === undefined) return [toolOnly ? shownInTool(field) : field];
	const { hide, ...others } = field.displayOptions ?? {};
	return [
		// Hidden rather than shown: an n8n that does not know '@tool' has this one then.
		{ ...field, displayOptions: { ...others, hide: { ...hide, '@tool': [true] } } },
		shownInTool({ ...field, ...inTool }),
	];
}

function shownInTool(field: INodeProperties): INodeProperties {
	const { show, ...others } = field.displayOptions ?? {};
	return { ...field, displayOptions: { ...others, show: { ...show, '@tool': [true] } } };
}
