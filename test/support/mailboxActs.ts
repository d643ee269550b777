import fc from 'fast-check';
import type { MailHost } from './mailHost';

/**
 * What somebody else's mail client, and the operator of the server, do to three folders of a mailbox. What cannot be done at the
 * moment is not done, so that a history is still one when acts are left out of it.
 */
export type MailboxAct =
	| { act: 'append'; folder: number; flags: string[]; old: boolean; twin: boolean }
	| { act: 'flag'; folder: number; which: number; add: string[]; remove: string[] }
	| { act: 'expunge'; folder: number; which: number; run: number }
	| { act: 'move'; folder: number; which: number; to: number }
	| { act: 'copy'; folder: number; which: number; to: number }
	| { act: 'createThird'; name: number }
	| { act: 'renameThird' }
	| { act: 'deleteThird' }
	| { act: 'recreateThird' }
	| { act: 'changeUidValidity'; folder: number }
	| { act: 'rebuildIndex'; folder: number }
	| { act: 'skipUids'; folder: number; count: number }
	| { act: 'keepCopy'; folder: number }
	| { act: 'restoreCopy'; folder: number }
	| { act: 'raiseModseq'; folder: number; modseq: bigint };

const flagNames = ['\\Seen', '\\Flagged', '\\Answered', '\\Deleted', '\\Draft', '$Label1', 'todo'];
/** The third folder comes and goes under these names. */
const thirdNames = ['Third', 'Other'];
const modseqs = [2n ** 32n, 2n ** 53n + 1n, 2n ** 62n, 2n ** 63n - 1_000n];

/** The third folder is chosen less often: it has acts of its own. */
const folder = fc.constantFrom(0, 0, 1, 1, 2);
const someFlags = fc.subarray(flagNames, { maxLength: 3 });

/** Any message of any folder. */
export const anyMessage = { folder, which: fc.nat({ max: 1_000 }) };
/** The name of an act, for its record. */
export const one = <T extends string>(act: T): { act: fc.Arbitrary<T> } => ({ act: fc.constant(act) });

/** All acts, as often as they are to be. The order decides what a seed plays. */
export const mailboxActs: Array<fc.WeightedArbitrary<MailboxAct>> = [
	{ weight: 20, arbitrary: fc.record({ ...one('append'), folder, flags: someFlags, old: fc.boolean(), twin: fc.boolean() }) },
	{ weight: 16, arbitrary: fc.record({ ...one('flag'), ...anyMessage, add: someFlags, remove: someFlags }) },
	{ weight: 12, arbitrary: fc.record({ ...one('expunge'), ...anyMessage, run: fc.integer({ min: 1, max: 4 }) }) },
	{ weight: 4, arbitrary: fc.record({ ...one('move'), ...anyMessage, to: folder }) },
	{ weight: 4, arbitrary: fc.record({ ...one('copy'), ...anyMessage, to: folder }) },
	{ weight: 4, arbitrary: fc.record({ ...one('createThird'), name: fc.nat({ max: 1 }) }) },
	{ weight: 2, arbitrary: fc.record(one('renameThird')) },
	{ weight: 2, arbitrary: fc.record(one('deleteThird')) },
	{ weight: 1, arbitrary: fc.record(one('recreateThird')) },
	{ weight: 1, arbitrary: fc.record({ ...one('changeUidValidity'), folder }) },
	{ weight: 1, arbitrary: fc.record({ ...one('rebuildIndex'), folder }) },
	{ weight: 1, arbitrary: fc.record({ ...one('skipUids'), folder, count: fc.integer({ min: 1, max: 1_000 }) }) },
	{ weight: 1, arbitrary: fc.record({ ...one('keepCopy'), folder: fc.constantFrom(0, 1) }) },
	{ weight: 1, arbitrary: fc.record({ ...one('restoreCopy'), folder: fc.constantFrom(0, 1) }) },
	{ weight: 1, arbitrary: fc.record({ ...one('raiseModseq'), folder, modseq: fc.constantFrom(...modseqs) }) },
];

/** A mailbox of its own user with the folders INBOX, Work, and a third one that comes and goes. */
export class ChangingMailbox {
	readonly user: string;
	/** The names of the three folders; the third one is not always there. */
	readonly folders: [string, string, string?];
	private appended = 0;
	/** UIDVALIDITYs that third folders had. */
	private readonly used = new Set<number>();

	/** `compose` gives the text of an appended message: `name` is `same` for twins. */
	constructor(
		readonly host: MailHost,
		private readonly compose = (name: string): string => `Message-ID: <${name}@example.com>\r\nSubject: hello\r\n\r\nhello\r\n`,
	) {
		this.user = host.newUser();
		this.folders = ['INBOX', host.folder('Work')];
	}

	/** The folders that are there. */
	present(): string[] {
		return this.folders.filter((path) => path !== undefined);
	}

	async happen(act: MailboxAct): Promise<void> {
		const { host, user } = this;
		if (act.act === 'createThird') return await this.createThird(act.name);
		if (act.act === 'renameThird') return await this.renameThird();
		if (act.act === 'deleteThird') return await this.deleteThird();
		if (act.act === 'recreateThird') {
			const name = thirdNames.findIndex((third) => host.folder(third) === this.folders[2]);
			await this.deleteThird();
			if (name >= 0) await this.createThird(name);
			return;
		}
		const path = this.folders[act.folder];
		if (path === undefined) return;
		switch (act.act) {
			case 'append':
				await host.append(user, path, this.compose(act.twin ? 'same' : String(++this.appended)), {
					flags: act.flags,
					...(act.old ? { internalDate: new Date('1999-01-01T00:00:00Z') } : {}),
				});
				return;
			case 'changeUidValidity':
				// Cyrus makes the folder anew for it, which it does not do with INBOX.
				if (host.kind !== 'Cyrus' || path !== 'INBOX') await host.changeUidValidity(user, path);
				return;
			case 'rebuildIndex':
				return await host.rebuildIndex?.(user, path);
			case 'skipUids':
				return await host.skipUids?.(user, path, act.count);
			case 'keepCopy':
				return await host.keepCopy?.(user, path);
			case 'restoreCopy':
				return await host.restoreCopy?.(user, path);
			case 'raiseModseq':
				return await host.raiseModseq?.(user, path, act.modseq);
		}
		const uids = await this.some(act.folder, act.which, act.act === 'expunge' ? act.run : 1);
		if (uids.length === 0) return;
		if (act.act === 'flag') {
			await host.flags(user, path, uids, { add: act.add, remove: act.remove.filter((flag) => !act.add.includes(flag)) });
		} else if (act.act === 'expunge') {
			await host.expunge(user, path, uids);
		} else {
			const target = this.folders[act.to];
			if (target === undefined || target === path) return;
			if (act.act === 'move') await host.move(user, path, uids, target);
			else await host.copy(user, path, uids, target);
		}
	}

	/** The UIDs of up to `count` messages of a folder, from any of them on. */
	async some(folderNumber: number, which: number, count: number): Promise<number[]> {
		const path = this.folders[folderNumber];
		if (path === undefined) return [];
		const uids = await this.host.uids(this.user, path);
		const at = which % Math.max(uids.length, 1);
		return uids.slice(at, at + count);
	}

	async createThird(name: number): Promise<void> {
		if (this.folders[2] !== undefined) return;
		const path = this.host.folder(thirdNames[name]);
		await this.host.createFolder(this.user, path);
		const uidValidity = await this.host.uidValidity(this.user, path);
		// Cyrus takes the time in seconds. A folder of the same second as one that went is that one renamed, as far as UIDVALIDITY tells.
		if (this.used.has(uidValidity)) return await this.host.deleteFolder(this.user, path);
		this.used.add(uidValidity);
		this.folders[2] = path;
	}

	private async renameThird(): Promise<void> {
		const old = this.folders[2];
		if (old === undefined) return;
		const path = thirdNames.map((name) => this.host.folder(name)).find((name) => name !== old) ?? '';
		await this.host.renameFolder(this.user, old, path);
		this.folders[2] = path;
	}

	private async deleteThird(): Promise<void> {
		if (this.folders[2] === undefined) return;
		await this.host.deleteFolder(this.user, this.folders[2]);
		this.folders[2] = undefined;
	}
}
