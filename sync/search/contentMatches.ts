import { UidSet } from '../uids/uidSet';

/**
 * What reading the messages of a folder showed: which of them meet a condition on what they say. That never changes, so nobody has to
 * read them twice. Two small sets for each condition, however many messages.
 */
export class ContentMatches {
	private readonly conditions = new Map<string, { met: UidSet; judged: UidSet }>();

	/** The messages that meet the condition, and all that were looked at for it. */
	of(condition: string): { met: UidSet; judged: UidSet } {
		return this.conditions.get(condition) ?? { met: UidSet.empty, judged: UidSet.empty };
	}

	/** Notes what was found out about these messages. */
	note(condition: string, met: UidSet, judged: UidSet): void {
		const before = this.of(condition);
		this.conditions.delete(condition);
		this.conditions.set(condition, { met: before.met.union(met), judged: before.judged.union(judged) });
		// A filter that is changed again and again must not collect its past.
		for (const oldest of [...this.conditions.keys()].slice(0, -MOST_CONDITIONS)) this.conditions.delete(oldest);
	}
}

const MOST_CONDITIONS = 30;
const MOST_FOLDERS = 500;

/** What was read in the folders of a mailbox, for as long as the process lives. Without it everything is right, and read again. */
export class ContentMatchesByFolder {
	private readonly folders = new Map<string, ContentMatches>();

	/** What is known of messages holds for one UIDVALIDITY only. */
	inFolder(path: string, uidValidity: string): ContentMatches {
		const key = `${uidValidity} ${path}`;
		const contentMatches = this.folders.get(key) ?? new ContentMatches();
		this.folders.delete(key);
		this.folders.set(key, contentMatches);
		for (const oldest of [...this.folders.keys()].slice(0, -MOST_FOLDERS)) this.folders.delete(oldest);
		return contentMatches;
	}

	/** Forgets a folder whose UIDs may mean other messages by now. */
	forget(path: string, uidValidity: string): void {
		this.folders.delete(`${uidValidity} ${path}`);
	}
}
