/** The uses of RFC 6154 that this package looks for. */
export type SpecialUse = '\\Trash' | '\\Drafts' | '\\Sent' | '\\Junk' | '\\Archive' | '\\All';

/**
 * The folder with this use; undefined when the account has none. The mail server reports it (SPECIAL-USE), or the folder's name
 * does, in many languages, where the server reports nothing.
 */
export function specialFolder(
	folders: ReadonlyArray<{ path: string; selectable: boolean; specialUse?: string }>,
	use: SpecialUse,
): string | undefined {
	return folders.find(({ selectable, specialUse }) => selectable && specialUse?.toLowerCase() === use.toLowerCase())?.path;
}
