import type { IDataObject } from 'n8n-workflow';

/** What a trigger that stands watch says of itself when it is asked. */
interface Watching {
	/** The login with which it watches. */
	credentialKey: string;
	report: () => IDataObject;
}

/** The triggers of this process that stand watch, by workflow and node. */
const watching = new Map<string, Watching>();

/** From now on the trigger answers for this login. */
export function startReporting(key: string, credentialKey: string, report: () => IDataObject): void {
	watching.set(key, { credentialKey, report });
}

export function stopReporting(key: string): void {
	watching.delete(key);
}

/** What the triggers of this process say that use the same login: who does not know it learns nothing of them. */
export const reportsFor = (credentialKey: string): IDataObject[] =>
	[...watching.values()].filter((one) => one.credentialKey === credentialKey).map(({ report }) => report());
