/** A VANISHED response as it stands on the wire. */
export interface Vanished {
	/** The UID set, unread: it may be malformed. */
	set: string;
	/** Expunged before the folder was opened (RFC 7162 section 3.2.10.1). */
	earlier: boolean;
}

/** A VANISHED response, as far as it can be read. */
export function readVanished(untagged: unknown): Vanished | undefined {
	const attributes = (untagged as { attributes?: unknown } | undefined)?.attributes;
	if (!Array.isArray(attributes) || attributes.length === 0) return undefined;
	const tokens = attributes as unknown[];
	const earlier = Array.isArray(tokens[0]) && tokens[0].some((tag) => /^earlier$/i.test(valueOf(tag) ?? ''));
	return { set: valueOf(tokens[tokens.length - 1]) ?? '', earlier };
}

function valueOf(token: unknown): string | undefined {
	const value = (token as { value?: unknown } | null | undefined)?.value;
	return typeof value === 'string' ? value : undefined;
}
