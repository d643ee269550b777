import type { Run } from '../account';
import type { SyncEvent } from '../../../sync/events/syncEvent';
import type { Letters } from './letters';
import type { Folder, Mailbox, Moment, Stay } from './mailbox';
import { Sequences } from './sequences';
import { asksFor, MAX_ATTEMPTS, passes, watches, type Settings } from './settings';

/** That a letter was told in a folder, as new or as moved there. */
interface Telling {
	folder: Folder;
	path: string;
	letter: string;
	/** When its run began and ended. */
	began: Moment;
	ended: Moment;
}

/** How many copies of a letter in a folder were told as gone, and when the last one was. */
interface Farewell {
	times: number;
	last: Moment;
}

/** When a run began and ended, and what it was asked for. */
export interface RunAt {
	settings: Settings;
	began: Moment;
	ended: Moment;
}

/**
 * Judges what the follower told by what really happened. No letter that entered a watched folder after the start is lost; none is
 * told again without `possibleDuplicate` and the same `messageKey`; only what happened is told as deleted or moved; the events of each
 * folder are counted without gaps. Throws at the first violation.
 */
export class Oracle {
	private readonly tellings: Telling[] = [];
	private readonly farewells = new Map<string, Farewell>();
	/** Folders whose messages are followed, and since when a folder is watched that is not followed yet: see begin(). */
	private readonly followed = new Set<number>();
	private readonly toBegin = new Map<number, 'created' | 'startFrom'>();
	private readonly everFollowed = new Set<number>();
	/** What each followed folder was called, and its UIDVALIDITY. */
	private readonly lastSeen = new Map<number, { path: string; uidValidity: string }>();
	/** When folders began with startFrom now: what was in them then is no news. */
	private readonly began = new Map<number, Moment>();
	/** Letters of a folder up to this moment are owed to nobody: nobody asked for them then. */
	private readonly released = new Map<string, Moment>();
	private readonly keys = new Map<string, string>();
	private readonly lettersOfKeys = new Map<string, string>();
	private readonly idsOfMessages = new Map<string, string>();
	private readonly failed = new Set<string>();
	private readonly attempts = new Map<string, number>();
	private readonly sequences: Sequences;
	private before: RunAt | undefined;
	/** Acknowledgement was asked for in every run so far. */
	private alwaysAcknowledged = true;

	constructor(
		private readonly mailbox: Mailbox,
		private readonly letters: Letters,
		private readonly startFrom: 'now' | 'all',
	) {
		this.sequences = new Sequences(mailbox);
	}

	/** Takes a run whose state was lost: its events come again, from whatever the mailbox is by then. */
	takeLost(run: Run): void {
		for (const event of run.events) this.checkKey(event, this.lettersOf(event, this.mailbox.now, run));
	}

	/** Takes a run whose state was kept. */
	take(run: Run, at: RunAt): void {
		for (const { code } of run.problems) if (code === 'internalError') this.fail('a defect', 'internalError');
		this.begin(run, at);
		const isSelectedAnew = this.before?.settings.selection !== at.settings.selection;
		this.sequences.take(run.events, { since: this.before?.began ?? 0, began: at.began }, isSelectedAnew);
		// Who asks for no news from now on knows what waited to be told as news, and hears what becomes of it.
		if (!asksFor(at.settings, 'messageNew')) this.release(at);
		for (const event of run.events) this.takeEvent(event, run, at);
		this.release(at);
		if (!at.settings.acknowledge || !asksFor(at.settings, 'messageNew')) this.alwaysAcknowledged = false;
		this.before = at;
	}

	/** Expects that nothing is owed any more, in the folders that can be opened. */
	expectNothingOwed(settings: Settings, isShut: (path: string) => boolean): void {
		for (const folder of this.mailbox.present) {
			if (isShut(folder.path) || !watches(settings, folder.path, this.mailbox.store)) continue;
			for (const [letter, stay] of folder.stays) {
				const owed = this.owed(folder, letter, stay);
				if (owed > 0 && !this.failed.has(nameOf(folder, letter))) this.fail('loss', `${letter} in ${folder.path}, ${owed} times`);
				this.expectRedelivered(folder, letter, stay);
			}
		}
	}

	private takeEvent(event: SyncEvent, run: Run, at: RunAt): void {
		const { event: name } = event;
		if (!asksFor(at.settings, name)) this.fail('an event that nobody asked for', describeEvent(event));
		if (name === 'messageNew' || name === 'messageMoved') this.takeTelling(event, run, at);
		if (name === 'messageDeleted') this.takeDeletion(event);
		if (name === 'messageFailed')
			for (const { folder, letter } of this.lettersOf(event, at.began, run)) this.failed.add(nameOf(folder, letter));
		if (name === 'folderDeleted') this.takeFolderDeleted(event, at);
	}

	private takeTelling(event: SyncEvent, run: Run, at: RunAt): void {
		const found = this.lettersOf(event, at.began, run);
		if (found.length === 0) this.fail('a message that never was', describeEvent(event));
		const { folder, letter } = found.at(-1)!;
		this.checkKey(event, found);
		this.checkId(event, letter);
		if (event.event === 'messageMoved') this.takeMove(event, letter, folder);
		const { attempt = 1 } = event;
		const name = nameOf(folder, letter);
		if (event.attempt !== undefined) this.attempts.set(name, Math.max(this.attempts.get(name) ?? 0, attempt));
		const earlier = this.tellings.filter((telling) => telling.folder === folder && telling.letter === letter);
		if (attempt > 1) {
			const looksAlike = this.letters.named(letter).messageId === undefined;
			const isKnown =
				looksAlike ||
				earlier.length > 0 ||
				this.tellings.some(
					(telling) =>
						telling.letter === letter && (telling.path === event.folder || this.predecessorsOf(folder).includes(telling.folder)),
				);
			if (!isKnown) this.fail('a redelivery of what was never delivered', describeEvent(event));
			return;
		}
		if (event.possibleDuplicate === undefined) this.expectFirst(event, folder, letter, earlier);
		else if (this.mailbox.doubtfulSince === undefined) this.fail('a mark without any doubt', describeEvent(event));
		this.tellings.push({ folder, path: event.folder, letter, began: at.began, ended: at.ended });
	}

	/** An unmarked telling is the first one of a copy that came in, or that was told as gone before. */
	private expectFirst(event: SyncEvent, folder: Folder, letter: string, earlier: Telling[]): void {
		const stay = folder.stays.get(letter)!;
		const farewell = this.farewells.get(nameOf(folder, letter)) ?? { times: 0, last: -1 };
		const there = this.thereBefore(folder, stay);
		const last = earlier.at(-1)?.began ?? -1;
		const isAnother = (stay.entered.at(-1) ?? -1) > last && there < stay.entered.length;
		if (earlier.length + there < stay.entered.length + farewell.times || isAnother || farewell.last > last) return;
		this.fail('an unmarked repetition', `${describeEvent(event)} of ${letter}`);
	}

	/** How many of the copies that came in were there when the folder began with startFrom now, and are no news. */
	private thereBefore(folder: Folder, { entered }: Stay): number {
		const began = this.began.get(folder.id);
		return began === undefined ? 0 : entered.filter((moment) => moment <= began).length;
	}

	private takeDeletion(event: SyncEvent): void {
		const named = this.mailbox.named(event.folder, 0);
		// What was in a folder before it was made anew is reported under the name that the new one got meanwhile.
		const folders = new Set([...named, ...named.flatMap((folder) => this.predecessorsOf(folder))]);
		const found = holdersIn([...folders], event.uidValidity, event.uid);
		const gone = found.filter(({ folder, letter }) => {
			const { left } = folder.stays.get(letter)!;
			return left > this.farewell(folder, letter).times || folder.path !== event.folder;
		});
		if (gone.length === 0)
			this.fail('a false deletion', `${describeEvent(event)} of ${found.map(({ letter }) => letter).join()}`);
		// Of the letters that had the UID it is the one that was told.
		const { folder, letter } = gone.find((one) => this.wasKnown(one.folder, one.letter)) ?? gone[0];
		this.sayFarewell(event, folder, letter);
	}

	private takeMove(event: SyncEvent, letter: string, to: Folder): void {
		const { folder: from, uid, uidValidity } = event.previous ?? { folder: '' };
		const source = this.holdersOf(from, uidValidity ?? '', uid, 0).find(
			({ folder, letter: other }) =>
				other === letter &&
				// A folder renamed and renumbered at once is another one to whoever watches, into which the messages of the old one went.
				(folder !== to || (uidValidity !== event.uidValidity && event.possibleDuplicate === true)) &&
				(folder.stays.get(letter)!.left > this.farewell(folder, letter).times || folder.path !== from),
		);
		if (!source) return this.fail('a false move', `${describeEvent(event)} of ${letter} from ${from}/${uid}`);
		this.sayFarewell(event, source.folder, letter);
	}

	private takeFolderDeleted(event: SyncEvent, at: RunAt): void {
		const gone = this.mailbox.named(event.folder, 0).filter(({ path }) => path !== event.folder);
		if (gone.length === 0) this.fail('a false deletion', describeEvent(event));
		for (const folder of this.mailbox.named(event.folder, 0))
			for (const letter of folder.stays.keys()) this.farewell(folder, letter).last = at.began;
	}

	private farewell(folder: Folder, letter: string): Farewell {
		const name = nameOf(folder, letter);
		const farewell = this.farewells.get(name) ?? { times: 0, last: -1 };
		this.farewells.set(name, farewell);
		return farewell;
	}

	private sayFarewell(event: SyncEvent, folder: Folder, letter: string): void {
		if (!this.wasKnown(folder, letter)) this.fail('a farewell to what was never told', `${describeEvent(event)} of ${letter}`);
		const farewell = this.farewell(folder, letter);
		farewell.times++;
		farewell.last = this.mailbox.now;
	}

	/** Whether a letter was told, or was no news, there or in a folder that had the name before and was made anew with what was in it. */
	private wasKnown(folder: Folder, letter: string): boolean {
		if (this.tellings.some((telling) => telling.letter === letter)) return true;
		return [folder, ...this.predecessorsOf(folder)].some((one) => this.wasNoNews(one, letter));
	}

	private wasNoNews(folder: Folder, letter: string): boolean {
		const stay = folder.stays.get(letter);
		if (!stay) return false;
		const noNewsUpTo = Math.max(this.began.get(folder.id) ?? -1, this.released.get(nameOf(folder, letter)) ?? -1);
		return stay.returned > 0 || stay.entered[0] <= noNewsUpTo;
	}

	private predecessorsOf(folder: Folder): Folder[] {
		return folder.names.flatMap(({ path }) => this.mailbox.named(path, 0)).filter((other) => other !== folder);
	}

	/** The letters that an event may be about: those that had its UID in a folder of its name during the run. */
	private lettersOf(event: SyncEvent, since: Moment, run: Run): Array<{ folder: Folder; letter: string }> {
		const found = this.holdersOf(event.folder, event.uidValidity, event.uid, since);
		const messageId = run.messages.get(event)?.messageId;
		return messageId === undefined
			? found
			: found.filter(({ letter }) => this.letters.named(letter).messageId === messageId.trim());
	}

	private holdersOf(
		path: string,
		uidValidity: string,
		uid: number | undefined,
		since: Moment,
	): Array<{ folder: Folder; letter: string }> {
		return holdersIn(this.mailbox.named(path, since), uidValidity, uid);
	}

	/** The key of a letter is always the same, and no other letter's; scans look alike. */
	private checkKey(event: SyncEvent, found: Array<{ letter: string }>): void {
		const letter = found.at(-1)?.letter;
		if (letter === undefined || event.event !== 'messageNew') return;
		const { messageKey } = event;
		if (messageKey === undefined) return this.fail('no messageKey', describeEvent(event));
		const known = this.keys.get(letter);
		if (known !== undefined && known !== messageKey) this.fail('another messageKey', `${describeEvent(event)} of ${letter}`);
		this.keys.set(letter, messageKey);
		if (this.letters.named(letter).messageId === undefined) return;
		const owner = this.lettersOfKeys.get(messageKey) ?? letter;
		if (owner !== letter) this.fail('another messageKey', `${describeEvent(event)} of ${letter} has that of ${owner}`);
		this.lettersOfKeys.set(messageKey, letter);
	}

	/** Whoever leaves out what has a known event id must not miss another message by it. */
	private checkId({ eventId, ...event }: SyncEvent, letter: string): void {
		if (this.letters.named(letter).messageId === undefined) return;
		const known = this.idsOfMessages.get(eventId) ?? letter;
		if (known !== letter) this.fail('the event id of another message', `${event.folder}/${event.uid}, ${letter} and ${known}`);
		this.idsOfMessages.set(eventId, letter);
	}

	/** Folders that are followed from this run on, and what is owed of what was in them before. */
	private begin(run: Run, { settings, began, ended }: RunAt): void {
		const isSameSelection = this.before !== undefined && this.before.settings.selection === settings.selection;
		for (const folder of this.mailbox.present) {
			if (!watches(settings, folder.path, this.mailbox.store)) {
				this.followed.delete(folder.id);
				this.toBegin.delete(folder.id);
				continue;
			}
			if (!isSameSelection && this.isUnrecognisable(folder)) this.followed.delete(folder.id);
			if (this.followed.has(folder.id)) {
				this.lastSeen.set(folder.id, { path: folder.path, uidValidity: folder.uidValidity });
				continue;
			}
			// One that waited to begin and was made anew meanwhile was never seen: see docs/guarantees.md.
			const waited = [folder, ...this.predecessorsOf(folder)].map(({ id }) => this.toBegin.get(id)).find(Boolean);
			const how = waited ?? (isSameSelection ? 'created' : 'startFrom');
			this.toBegin.set(folder.id, how);
			// One that could not be opened begins later.
			if (!run.state.folders[folder.path]) continue;
			this.followed.add(folder.id);
			this.lastSeen.set(folder.id, { path: folder.path, uidValidity: folder.uidValidity });
			this.toBegin.delete(folder.id);
			if (how === 'startFrom') this.beginAnew(folder, began, ended);
			else if (!this.everFollowed.has(folder.id)) this.oweAll(folder);
			// What comes back is the folder that was there before, or news, and so is one that came while the selection changed.
			if (this.everFollowed.has(folder.id) || (how === 'startFrom' && this.before)) this.expectAnything(folder, ended);
			this.everFollowed.add(folder.id);
		}
	}

	/** Renamed and renumbered at once, while the selection changed: a folder that is selected from now on, as far as anybody can tell. */
	private isUnrecognisable({ id, path, uidValidity }: Folder): boolean {
		const last = this.lastSeen.get(id);
		return last !== undefined && last.path !== path && last.uidValidity !== uidValidity;
	}

	private beginAnew(folder: Folder, began: Moment, ended: Moment): void {
		if (this.startFrom === 'now') {
			this.began.set(folder.id, ended);
			return this.releaseAll(folder, ended);
		}
		this.oweAll(folder);
		// Somebody who selects a folder once more with startFrom all asks for all of it once more.
		this.expectAnything(folder, began);
	}

	private expectAnything(folder: Folder, moment: Moment): void {
		for (const letter of folder.stays.keys()) this.farewell(folder, letter).last = moment;
	}

	private oweAll(folder: Folder): void {
		this.began.delete(folder.id);
		for (const letter of folder.stays.keys()) this.released.delete(nameOf(folder, letter));
	}

	/** What these settings do not ask for is not told later either. */
	private release({ settings, ended }: RunAt): void {
		for (const folder of this.mailbox.present) {
			const isWatched = watches(settings, folder.path, this.mailbox.store) && asksFor(settings, 'messageNew');
			if (!isWatched) this.releaseAll(folder, ended);
			else
				for (const letter of folder.stays.keys())
					if (!passes(settings, this.letters.named(letter))) this.released.set(nameOf(folder, letter), ended);
		}
	}

	private releaseAll(folder: Folder, moment: Moment): void {
		for (const letter of folder.stays.keys()) this.released.set(nameOf(folder, letter), moment);
	}

	/** How many of the copies that are there were never told and should have been. */
	private owed(folder: Folder, letter: string, { there, entered, returned }: Stay): number {
		const released = this.released.get(nameOf(folder, letter)) ?? -1;
		// Of letters that look alike, nobody knows any more which is which.
		const lookedAlike = this.letters.named(letter).messageId === undefined ? (this.mailbox.doubtfulSince ?? -1) : -1;
		const asked = entered.filter((moment) => moment > Math.max(released, lookedAlike));
		// What was deleted before it was told and came back by a restore is known to nobody: see docs/guarantees.md.
		const copies = Math.min(there - returned, asked.length);
		if (copies <= 0) return 0;
		const tellings = this.tellings.filter((telling) => telling.letter === letter);
		const here = tellings.filter((telling) => telling.folder === folder);
		const since = here.filter(({ ended }) => ended > asked[asked.length - copies]).length;
		// A folder that was made anew with what was in it before it is the same one, as far as anybody can tell.
		const asItsPredecessor = this.predecessorsOf(folder).some(({ stays }) => stays.has(letter)) ? 1 : 0;
		const told = Math.max(since, here.length >= entered.length ? copies : 0) + asItsPredecessor;
		return Math.max(0, copies - told);
	}

	private expectRedelivered(folder: Folder, letter: string, { there, entered, returned, wasMarked }: Stay): void {
		if (
			!this.alwaysAcknowledged ||
			this.released.has(nameOf(folder, letter)) ||
			wasMarked ||
			there !== 1 ||
			entered.length !== 1 ||
			returned > 0
		)
			return;
		const attempts = this.attempts.get(nameOf(folder, letter));
		if (attempts !== undefined && attempts < MAX_ATTEMPTS)
			this.fail('a loss of what nobody acknowledged', `${letter} in ${folder.path} was delivered ${attempts} times`);
	}

	private fail(what: string, which: string): void {
		throw new Error(`${what}: ${which}`);
	}
}

/** The letters that had a UID in some of these folders. */
const holdersIn = (
	folders: readonly Folder[],
	uidValidity: string,
	uid: number | undefined,
): Array<{ folder: Folder; letter: string }> =>
	folders.flatMap((folder) => (folder.holders.get(`${uidValidity}/${uid}`) ?? []).map((letter) => ({ folder, letter })));

const nameOf = (folder: Folder, letter: string): string => `${folder.id}/${letter}`;

const describeEvent = ({ event, folder, uidValidity, uid, possibleDuplicate, origin }: SyncEvent): string =>
	`${event} ${folder}/${uidValidity}/${uid} (${origin}${possibleDuplicate ? ', possibleDuplicate' : ''})`;
