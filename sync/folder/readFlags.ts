import type { Capabilities } from '../server/capabilities';
import type { OpenFolder } from '../server/mailServer';
import type { MessageFlags } from '../server/message';
import { UidSet } from '../uids/uidSet';
import { adopt, flagQuestions, noFlags, SYSTEM_FLAGS, trackedFlags, withRows, type FlagSets } from './flagSets';

/** A folder of at most this many messages is read row by row: one answer instead of one for each flag. */
const SMALL_FOLDER = 100;
/** If more messages than this carry rare flags, they are not read one by one. */
const MANY_CARRIERS = 500;
/** A folder with more keywords than this is read row by row. */
const MANY_KEYWORDS = 48;

/** Whether the flags of these messages, all of a folder, are read row by row in any case. */
export const readsFlagsByRows = (current: UidSet, gmail: boolean): boolean => current.size <= SMALL_FOLDER || gmail;

/**
 * All flags of `current`, the messages of the folder, as sets: by rows for a small folder, else by one question for each flag.
 * `before` holds the sets last known, undefined the first time.
 */
export async function readFlags(
	folder: OpenFolder,
	current: UidSet,
	before: FlagSets | undefined,
	capabilities: Pick<Capabilities, 'gmail'>,
): Promise<FlagSets> {
	if (current.isEmpty) return noFlags;
	const keywords = folder.snapshot.keywords;
	const byRows =
		readsFlagsByRows(current, capabilities.gmail) || trackedFlags(before, keywords).length > SYSTEM_FLAGS.length + MANY_KEYWORDS;
	if (byRows) {
		const { rows, missing } = await rowsOf(folder, current);
		return withRows(adopt(noFlags, before ?? noFlags, missing), rows);
	}
	const sets = new Map<string, UidSet>();
	const keep = (flag: string, carrying: UidSet): void => {
		const there = carrying.intersect(current);
		if (!there.isEmpty) sets.set(flag, there);
	};
	for (const question of flagQuestions(before, current, keywords)) {
		if (question.ask === 'carrying') keep(question.flag, await folder.search({ flags: { [question.flag]: true } }));
		else if (question.ask === 'lacking')
			keep(question.flag, current.subtract(await folder.search({ flags: { [question.flag]: false } })));
		else await readTogether(folder, question.flags, before ?? noFlags, keep);
	}
	return sets;
}

async function readTogether(
	folder: OpenFolder,
	flags: string[],
	before: FlagSets,
	keep: (flag: string, carrying: UidSet) => void,
): Promise<void> {
	const carriers = await folder.searchAnyFlag(flags);
	if (carriers.size > MANY_CARRIERS) {
		for (const flag of flags) keep(flag, await folder.search({ flags: { [flag]: true } }));
		return;
	}
	const { rows, missing } = await rowsOf(folder, carriers);
	for (const flag of flags) {
		const carrying = UidSet.of(rows.filter((row) => row.flags.includes(flag)).map(({ uid }) => uid));
		keep(flag, carrying.union((before.get(flag) ?? UidSet.empty).intersect(missing)));
	}
}

/**
 * The flags of these messages. A message without a row is asked for once more (Exchange answers OK without one). If it is still
 * missing, its flags stay as they were known.
 */
async function rowsOf(folder: OpenFolder, uids: UidSet): Promise<{ rows: MessageFlags[]; missing: UidSet }> {
	const rows: MessageFlags[] = [];
	let missing = uids;
	for (let attempt = 1; attempt <= 2 && !missing.isEmpty; attempt++) {
		const more = await folder.flagsOf(missing);
		rows.push(...more);
		missing = missing.subtract(UidSet.of(more.map(({ uid }) => uid)));
	}
	return { rows, missing };
}
