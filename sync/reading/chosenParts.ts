import { uidsOf } from './batch';
import type { BodyPart } from '../server/bodyPart';
import type { OpenFolder } from '../server/mailServer';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { FetchedMessage, MessageSummary } from '../server/message';
import type { ReadingSettings } from '../settings/readingSettings';

/**
 * Reads large messages by header, structure and the parts that are chosen of them; whole where that is chosen. A message that is
 * gone, or whose parts do not come, is left out. No FETCH is under way while one of them is yielded, so its further parts can be
 * read then.
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
		const choice = outline.structure ? (chooseParts?.(outline.size, outline.structure) ?? 'source') : 'source';
		const one = UidSet.of([uid]);
		if (choice === 'source') {
			const whole: FetchedMessage[] = [];
			for await (const message of folder.fetch(one, 'source')) whole.push(message);
			yield* whole;
			continue;
		}
		let parts: ReadonlyMap<string, Buffer> = new Map();
		if (choice.length > 0) for await (const row of folder.fetchParts(one, choice)) if (row.uid === uid) parts = row.parts;
		if (choice.every((part) => parts.has(part)))
			yield { ...outline, parts, readPart: (part) => folder.readPart(uid, part, sizeOf(outline, part)) };
	}
}

/** How large the server says that a part is; that of the whole message is an estimate in some servers. */
function sizeOf({ structure, size }: FetchedMessage, part: string): number | undefined {
	const find = (node: BodyPart): BodyPart | undefined =>
		node.part === part && node.children.length === 0 ? node : node.children.map(find).find((found) => found !== undefined);
	return part === '' ? size : structure && find(structure)?.size;
}
