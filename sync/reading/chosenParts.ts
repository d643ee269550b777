import { isAsAnnounced } from './announcedSize';
import { uidsOf } from './batch';
import type { BodyPart } from '../server/bodyPart';
import type { OpenFolder } from '../server/mailServer';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { FetchedMessage, MessageSummary } from '../server/message';
import type { ReadingSettings } from '../settings/readingSettings';

/**
 * Reads large messages by header, structure and the parts that are chosen of them; whole where that is chosen, and where a part has
 * fewer bytes than its structure announced. A message that is gone, or whose parts do not come, is left out. No FETCH is under way
 * while one of them is yielded, so its further parts can be read then.
 */
export async function* readChosen(
	folder: OpenFolder,
	messages: MessageSummary[],
	chooseParts: ReadingSettings['chooseParts'],
): AsyncGenerator<FetchedMessage> {
	const outlines = new Map<Uid, FetchedMessage>();
	for await (const outline of folder.fetch(uidsOf(messages), 'headerAndStructure')) outlines.set(outline.uid, outline);
	for (const { uid } of messages) {
		const outline = outlines.get(uid);
		if (!outline) continue;
		if (outline.source) {
			yield outline;
			continue;
		}
		const { structure } = outline;
		const choice = structure ? (chooseParts?.(outline.size, structure) ?? 'source') : 'source';
		if (!structure || choice === 'source') {
			yield* wholeMessage(folder, uid);
			continue;
		}
		const sizes = announcedSizes(structure);
		let parts: ReadonlyMap<string, Buffer> = new Map();
		if (choice.length > 0)
			for await (const row of folder.fetchParts(UidSet.of([uid]), choice)) if (row.uid === uid) parts = row.parts;
		if ([...parts].some(([part, bytes]) => isShort(bytes, sizes.get(part)))) yield* wholeMessage(folder, uid);
		else if (choice.every((part) => parts.has(part))) {
			const readPart = (part: string): AsyncIterable<Buffer> =>
				folder.readPart(uid, part, part === '' ? outline.size : sizes.get(part));
			yield { ...outline, parts, readPart };
		}
	}
}

async function* wholeMessage(folder: OpenFolder, uid: Uid): AsyncGenerator<FetchedMessage> {
	const whole: FetchedMessage[] = [];
	for await (const message of folder.fetch(UidSet.of([uid]), 'source')) whole.push(message);
	yield* whole;
}

/** Whether bytes of a part are missing. Where the structure says too little, none are. */
const isShort = (bytes: Buffer, announced: number | undefined): boolean =>
	announced !== undefined && bytes.length < announced && !isAsAnnounced(bytes, announced);

/** The size of each part that is no multipart, as encoded. */
function announcedSizes(part: BodyPart, sizes = new Map<string, number>()): ReadonlyMap<string, number> {
	if (!part.type.startsWith('multipart/') && part.size !== undefined && !sizes.has(part.part)) sizes.set(part.part, part.size);
	for (const child of part.children) announcedSizes(child, sizes);
	return sizes;
}
