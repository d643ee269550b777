/**
 * An empty record for keys that come from a mail server or from people: names of folders. An ordinary object
 * knows `constructor`, `toString` and `__proto__` before anything is put into it, so that a folder of such a name would be
 * taken for one that is known. A record without a prototype knows nothing.
 */
export const emptyByName = <T>(): Record<string, T> => Object.create(null) as Record<string, T>;

/** A record by name with these entries. */
export function byName<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
	const record = emptyByName<T>();
	for (const [name, value] of entries) record[name] = value;
	return record;
}
