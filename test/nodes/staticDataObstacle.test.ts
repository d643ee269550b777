import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { staticDataObstacle, surroundingsOf, type Surroundings } from '../../nodes/ImapSync/actions/change/staticDataObstacle';
import { ActionRun } from '../../nodes/ImapSync/actions/ActionRun';
import { findOperation } from '../../nodes/ImapSync/actions/registry';
import { executeContext, type ExecuteOptions } from '../support/executeContext';

const good: Surroundings = {
	mode: 'trigger',
	workflowId: 'w',
	isQueueMode: false,
	statefulTriggers: [],
	waitsBefore: [],
	hasPosition: false,
};

test.each([
	[{}, undefined],
	[{ mode: 'webhook' }, undefined],
	[{ mode: 'integrated' }, undefined],
	[{ mode: 'cli' }, undefined],
	[{ mode: 'manual' }, /test run/],
	[{ mode: 'manual', hasPosition: true }, /test run/],
	[{ isQueueMode: true, hasPosition: true }, /queue mode/],
	[{ workflowId: undefined }, /not saved/],
	[{ workflowId: 'x'.repeat(22) }, /not saved/],
	[{ statefulTriggers: ['Gmail'], hasPosition: true }, /"Gmail"/],
	[{ mode: 'retry' }, /repeats/],
	[{ mode: 'retry', hasPosition: true }, undefined],
	[{ waitsBefore: ['Wait'] }, /after "Wait"/],
	[{ waitsBefore: ['Wait'], hasPosition: true }, undefined],
] as Array<[Partial<Surroundings>, RegExp | undefined]>)('%j', (some, expected) => {
	const why = staticDataObstacle({ ...good, ...some });
	if (expected) expect(why).toMatch(expected);
	else expect(why).toBeUndefined();
});

describe('what is seen of the workflow', () => {
	const parameters = { resource: 'change', operation: 'getMany' };
	const see = (others: ExecuteOptions['others']): Surroundings => {
		const context = executeContext({ parameters, others });
		return surroundingsOf(new ActionRun(context, findOperation('change', 'getMany').properties), false);
	};
	const schedule = (interval: IDataObject) => ({
		name: 'S',
		type: 'n8n-nodes-base.scheduleTrigger',
		parameters: { rule: { interval: [interval] } } as INodeParameters,
	});

	it.each([
		[{ field: 'minutes', minutesInterval: 5 }, []],
		[{ field: 'minutes' }, []],
		[{ field: 'minutes', minutesInterval: 7 }, ['S']],
		[{ field: 'hours', hoursInterval: 1 }, []],
		[{ field: 'hours', hoursInterval: 2 }, ['S']],
		[{}, []],
		[{ daysInterval: 3 }, ['S']],
		[{ field: 'weeks', weeksInterval: 2 }, ['S']],
		[{ field: 'cronExpression', expression: '* * * * *' }, []],
		[{ field: 'seconds', secondsInterval: 10 }, []],
	])('a schedule of %j', (interval, expected) => {
		expect(see([schedule(interval)]).statefulTriggers).toEqual(expected);
	});

	it('triggers that poll, and those that listen and remember; not what is switched off', () => {
		const others = [
			{ name: 'G', type: 'n8n-nodes-base.gmailTrigger', polls: true },
			{ name: 'E', type: 'n8n-nodes-base.emailReadImap' },
			{ name: 'Off', type: 'n8n-nodes-base.emailReadImap', disabled: true },
			{ name: 'W', type: 'n8n-nodes-base.webhook' },
		];
		expect(see(others).statefulTriggers).toEqual(['G', 'E']);
	});

	it('a Wait before it, not one elsewhere', () => {
		const wait = { type: 'n8n-nodes-base.wait' };
		expect(
			see([
				{ ...wait, name: 'A', before: true },
				{ ...wait, name: 'B' },
			]).waitsBefore,
		).toEqual(['A']);
	});
});
