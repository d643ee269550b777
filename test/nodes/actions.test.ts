import { actionProperties, findOperation, operations } from '../../nodes/ImapSync/actions/registry';

const named = operations.map((operation) => [`${operation.resource} ${operation.value}`, operation] as const);

describe('the operations', () => {
	it('have names of their own', () => {
		expect(new Set(named.map(([name]) => name)).size).toBe(operations.length);
		expect(new Set(operations.map(({ action }) => action)).size).toBe(operations.length);
	});

	it.each(named)('%s speaks as n8n does', (_name, { name, action, description, resource }) => {
		expect(name).toMatch(/^[A-Z]/);
		expect(action).toMatch(/^[A-Z][a-z]/);
		expect(action).not.toMatch(/\b(a|an|the)\b|\.$/);
		if (resource !== 'change' && resource !== 'archive') expect(action).toContain(resource);
		expect(description).toMatch(/^[A-Z].*[^.]$/);
		expect(description).not.toBe(action);
	});

	it.each(named)('%s has fields with texts, each once, that refer to its own fields only', (_name, { properties }) => {
		const names = properties.map(({ name }) => name);
		expect(new Set(names).size).toBe(names.length);
		for (const { displayName, description, displayOptions, type, name } of properties) {
			expect(displayName).not.toBe('');
			expect(['resource', 'operation', 'authentication']).not.toContain(name);
			if (type === 'boolean') expect(description).toMatch(/^Whether /);
			for (const other of Object.keys(displayOptions?.show ?? {})) expect(names).toContain(other);
		}
	});

	it.each(named)('%s has its options in alphabetical order', (_name, { properties }) => {
		for (const { type, options } of properties) {
			if (type !== 'collection') continue;
			const names = (options ?? []).map((option) => ('displayName' in option ? option.displayName : option.name));
			expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)));
		}
	});

	it('that this version does not have are refused by name', () => {
		expect(() => findOperation('message', 'explode')).toThrow(
			'This version of the node has no operation "explode" for "message"',
		);
	});
});

describe("the node's fields", () => {
	const properties = actionProperties();

	it('begin with resource and operation, in alphabetical order', () => {
		expect(properties[0].name).toBe('resource');
		expect(properties[1].name).toBe('operation');
		for (const field of properties.filter(({ name }) => name === 'resource' || name === 'operation')) {
			const names = (field.options ?? []).map(({ name }) => name);
			expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)));
			expect(field.options).toContainEqual(expect.objectContaining({ value: field.default }));
		}
	});

	it('are shown for their operation only, and keep their own conditions', () => {
		for (const { name, displayOptions } of properties) {
			if (['resource', 'operation', 'authentication'].includes(name)) continue;
			const { resource, operation } = displayOptions?.show ?? {};
			expect(resource).toHaveLength(1);
			expect(operation).toHaveLength(1);
			expect(findOperation(String(resource?.[0]), String(operation?.[0])).properties.map((property) => property.name)).toContain(
				name,
			);
		}
		const uid = properties.find(({ name }) => name === 'uid');
		expect(uid?.displayOptions?.show).toMatchObject({ messageFrom: ['uid'] });
	});
});
