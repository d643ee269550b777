/** System flags as they are written here, whatever case a server uses (RFC 3501 section 2.3.2: flags are case-insensitive). */
const systemFlags = new Map(
	['\\Seen', '\\Answered', '\\Flagged', '\\Deleted', '\\Draft'].map((flag) => [flag.toLowerCase(), flag]),
);

/**
 * Flags as the core compares them: sorted, each once, without \Recent, which says who looked first and not what the message
 * is (RFC 3501 section 2.3.2).
 */
export function cleanFlags(flags: Iterable<string>): string[] {
	const clean = new Set<string>();
	for (const flag of flags) {
		const lower = flag.toLowerCase();
		if (lower !== '\\recent' && flag !== '') clean.add(systemFlags.get(lower) ?? flag);
	}
	return [...clean].sort();
}

/** The keywords among the flags: those that are no system flags. */
export const keywordsOf = (flags: Iterable<string>): string[] => cleanFlags(flags).filter((flag) => !flag.startsWith('\\'));
