import type { INodeParameters } from 'n8n-workflow';
import { DescribedError } from '../../../shared/describedError';
import type { ActionRun } from '../ActionRun';
import type { Operation } from '../operation';

/**
 * In a tool a model fills fields, and mail that it reads may have told it what to put there. What cannot be undone is therefore done only
 * where a person fixed, in the node, that it may be: each field that leads to it has a value there and no expression. Throws
 * refusedForSafety before anything is done.
 */
export function refuseUnlessFixed(run: ActionRun, operation: Operation): void {
	if (!run.isTool || operation.danger === undefined) return;
	for (const index of run.indexes) {
		const fields = operation.danger(run, index);
		if (fields.length === 0) continue;
		const open = ['resource', 'operation', ...fields].find((name) => !isFixed(run.parameter(name)));
		if (open === undefined) continue;
		throw new DescribedError(
			'refusedForSafety',
			`'${operation.action}' cannot be undone, and in a tool the field '${run.label(open)}' is not for a model to fill. Nothing was done`,
			`Tell the user that this is not allowed. A person can allow it by setting '${run.label(open)}' in the node itself, without an expression.`,
		);
	}
}

/** Whether a value holds no expression, whose result a model may have a hand in. */
function isFixed(value: unknown): boolean {
	if (typeof value === 'string') return !value.startsWith('=');
	if (typeof value !== 'object' || value === null) return true;
	return Object.values(value as INodeParameters).every(isFixed);
}
