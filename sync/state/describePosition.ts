import { unacknowledgedUids } from '../folder/folderState';
import { capabilitiesToDisable, currentFaultScores } from '../server/serverFaults';
import { encodePosition, type Position } from './position';
import type { FolderState } from '../folder/folderState';

/** Longest reason of a failed message that is shown. */
const LONGEST_REASON = 500;

/**
 * What is known of a mailbox, for people to read. Pure; `now` in milliseconds since 1970. Contains no secret and no mail text.
 */
export function describePosition(position: Position, now: number): Record<string, unknown> {
	const { state, since, serial, savedAt } = position;
	const faultScores = currentFaultScores(state?.faultScores ?? [], now);
	const disabled = new Set(capabilitiesToDisable(faultScores));
	return {
		savedAt: new Date(savedAt).toISOString(),
		timesSaved: serial,
		size: Buffer.byteLength(JSON.stringify(encodePosition(position))),
		begun: state !== undefined,
		...(since === undefined ? {} : { startsFrom: new Date(since).toISOString() }),
		...(state === undefined
			? {}
			: {
					runsWithEvents: state.deliveries,
					folders: Object.entries(state.folders).map(([path, folder]) => describeFolder(path, folder)),
					...(state.unopened.length === 0 ? {} : { foldersNotOpenedYet: state.unopened }),
					quirks: faultScores.map(({ capability, fault, at }) => ({
						ability: capability.toUpperCase(),
						observed: fault,
						at: new Date(at).toISOString(),
						leftUnused: disabled.has(capability),
					})),
					...(state.earlierAccounts.length === 0 ? {} : { earlierAccounts: state.earlierAccounts.length }),
				}),
	};
}

function describeFolder(path: string, folder: FolderState): Record<string, unknown> {
	const { knownUids, flags, matching, ignored, fingerprints, failed } = folder;
	return {
		folder: path,
		uidValidity: folder.uidValidity,
		uidNext: folder.uidNext,
		messages: folder.exists,
		...(folder.highestModseq === undefined ? {} : { highestModseq: folder.highestModseq }),
		...(folder.mailboxId === undefined ? {} : { mailboxId: folder.mailboxId }),
		...(knownUids === undefined ? {} : { messagesKnown: knownUids.size }),
		...(flags === undefined
			? {}
			: { flagsKnown: Object.fromEntries(Object.entries(flags).map(([flag, uids]) => [flag, uids.size])) }),
		...(matching === undefined ? {} : { messagesMatching: matching.size }),
		...(ignored === undefined ? {} : { messagesIgnored: ignored.size }),
		...(folder.auditedAt === undefined ? {} : { lastAudit: new Date(folder.auditedAt).toISOString() }),
		waiting: folder.newUids.size,
		olderWaiting: folder.backfill.size,
		quarantine: failed.map(({ uid, attempts, retryAt, reason }) => ({
			uid,
			attempts,
			retryAt: new Date(retryAt).toISOString(),
			reason: reason.slice(0, LONGEST_REASON),
		})),
		...(folder.unacknowledged === undefined ? {} : { awaitingAcknowledgement: unacknowledgedUids(folder.unacknowledged).size }),
		...(folder.tombstones.length === 0 ? {} : { leftAndLookedForElsewhere: folder.tombstones.length }),
		marks: fingerprints?.byUid.size ?? 0,
		unfinished: folder.unfinished || !folder.newUids.isEmpty || !folder.backfill.isEmpty,
		...(folder.missing ? { missing: true } : {}),
	};
}
