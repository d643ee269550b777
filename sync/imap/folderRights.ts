/** What a server reports about the account's rights when it opens a folder for changes. */
export interface ReportedRights {
	/** The response code READ-ONLY. */
	readOnly: boolean;
	/** PERMANENTFLAGS in lower case; undefined where the server did not report it. */
	permanentFlags: ReadonlySet<string> | undefined;
	/** MYRIGHTS, the letters of RFC 4314 section 2.1: only Courier reports them then. */
	rights: string | undefined;
	/** Whether the server has access rights at all (ACL). */
	acl: boolean;
}

/** What may be done in a folder that is open for changes. */
export class FolderRights {
	constructor(private readonly reported: ReportedRights) {}

	/**
	 * Whether the messages in it have to stay as they are. RFC 4314 section 5.1.1 lets a server open a folder READ-WRITE for any of several
	 * rights, and Cyrus 3.6 does so for an owner who may only read and delete the folder: then PERMANENTFLAGS is empty.
	 */
	get changesNothing(): boolean {
		const { readOnly, acl, permanentFlags } = this.reported;
		return readOnly || (acl && permanentFlags?.size === 0);
	}

	/** The first of these flags that cannot be set there: because a right (its letter) is missing, or because the server keeps no such flag. */
	lacking(flags: readonly string[]): { flag: string; right?: string } | undefined {
		for (const flag of flags) {
			const right = rightFor(flag);
			if (!this.has(right)) return { flag, right };
			if (this.keeps(flag)) continue;
			return { flag, ...(this.isForbidden(flag) ? { right } : {}) };
		}
		return undefined;
	}

	/** The rights (letters) that are missing for removing messages; undefined where it reported none missing. */
	get missingToRemove(): string[] | undefined {
		const missing = [...(this.lacking(['\\Deleted']) ? ['t'] : []), ...(this.has('e') ? [] : ['e'])];
		return missing.length === 0 ? undefined : missing;
	}

	private has(right: string): boolean {
		const { rights } = this.reported;
		// "d" is what RFC 2086 had for both (RFC 4314 section 2.1.1).
		return rights === undefined || rights.includes(right) || ('te'.includes(right) && rights.includes('d'));
	}

	private keeps(flag: string): boolean {
		const { permanentFlags, acl } = this.reported;
		if (!permanentFlags || permanentFlags.has(flag.toLowerCase())) return true;
		// "\*" is about new keywords. Of the system flags a server with ACL names those that the account has the right to change.
		return permanentFlags.has('\\*') && !(acl && flag.startsWith('\\'));
	}

	/** Whether it is for want of a right that a flag is not kept: all servers have the system flags, and who may set those may set keywords. */
	private isForbidden(flag: string): boolean {
		const { acl, permanentFlags } = this.reported;
		return acl && (flag.startsWith('\\') || !permanentFlags?.has('\\flagged'));
	}
}

/** RFC 4314 section 4 */
function rightFor(flag: string): string {
	const name = flag.toLowerCase();
	return name === '\\seen' ? 's' : name === '\\deleted' ? 't' : 'w';
}
