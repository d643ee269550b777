/**
 * What is made when it is asked for the first time, and then kept. For libraries that few messages need: each n8n process loads the
 * nodes of every package, whether a workflow uses them or not.
 */
export function onFirstUse<T>(make: () => T): () => T {
	let made: { value: T } | undefined;
	return () => (made ??= { value: make() }).value;
}
