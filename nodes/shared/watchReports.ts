import type { IDataObject } from 'n8n-workflow';

/** How a trigger hears of news. */
type Kind = 'push' | 'polling';

/** What a trigger says of itself when it is asked. */
interface Watching {
	kind: Kind;
	/** The login with which it watches. */
	credentialKey: string;
	/** When it has been silent for so long that it counts as gone; milliseconds since 1970. */
	until?: number;
	report: () => IDataObject;
}

/** The triggers of this process, by workflow and node. */
const watching = new Map<string, Watching>();

/** From now on the trigger answers for this login. */
export function startReporting(key: string, one: Watching): void {
	watching.set(key, one);
}

export function stopReporting(key: string): void {
	watching.delete(key);
}

/** What the triggers of this process say that use the same login: who does not know it learns nothing of them. */
export function reportsFor(kind: Kind, credentialKey: string, now: number): IDataObject[] {
	for (const [key, { until = Infinity }] of watching) if (until <= now) watching.delete(key);
	return [...watching.values()]
		.filter((one) => one.kind === kind && one.credentialKey === credentialKey)
		.map(({ report }) => report());
}
