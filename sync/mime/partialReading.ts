import { mayHoldWanted } from './attachmentFilter';
import { describeAttachment } from './attachments';
import { chooseBody } from './bodyChoice';
import { calendarParts } from './calendar';
import type { Cut } from './fields';
import { shownByStructure } from './embeddedPictures';
import { mimeLimits } from './limits';
import { reportParts } from './reports';
import { smimePart } from './secureMail';
import { normalizeType } from './structure';
import { tnefWithBody } from './tnefBody';
import type { BodyPart } from '../server/bodyPart';
import type { ReadOptions } from './readOptions';

/** bytes; below, one FETCH of whole messages costs less than a second round trip for chosen parts */
const wholeSourceBelow = 128 * 1024;

/**
 * How to read a message for these options with the least work: 'source' for the whole of it, or the numbers of the parts to
 * fetch beside header and structure. `size` in bytes (RFC822.SIZE).
 *
 * The whole is read when it is small, when most of it is wanted anyway, and when the structure accounts for less than half of
 * it: then a boundary is broken, and what the sender wrote is in no part.
 */
export function howToRead(size: number, structure: BodyPart, options: ReadOptions): 'source' | string[] {
	if (options.level === 'raw') return 'source';
	const parts = partsToFetch(structure, options);
	if (parts.length === 0 && options.level !== 'content') return parts;
	if (size <= wholeSourceBelow) return 'source';
	const sizes = leafSizes(structure);
	const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
	const wanted = parts.reduce((sum, part) => sum + (sizes.get(part) ?? 0), 0);
	return total < size / 2 || wanted > size * 0.8 ? 'source' : parts;
}

/** Encoded bytes of each part, by its number. */
function leafSizes(structure: BodyPart): Map<string, number> {
	const sizes = new Map<string, number>();
	const add = (part: BodyPart) => {
		if (part.type.startsWith('multipart/')) part.children.forEach(add);
		else sizes.set(part.part, part.size ?? 0);
	};
	add(boundedStructure(structure, new Set()));
	return sizes;
}

/**
 * The part numbers readMessage needs besides header and structure to give the same fields as from the whole source: text
 * parts and the report of a bounce at the level `content`, and attachments that pass the filter. Parts above `largestPart`
 * bytes (as encoded) are left out; their fields are then cut.
 */
export function partsToFetch(structure: BodyPart, options: ReadOptions, largestPart = Infinity): string[] {
	const root = boundedStructure(structure, new Set());
	const choice = chooseBody(root);
	const wanted: BodyPart[] = [];
	const signed = smimePart(root);
	if (signed && (options.level === 'content' || options.attachmentContent !== false)) wanted.push(signed);
	if (options.level === 'content') {
		const packed = tnefWithBody(choice);
		if (packed) wanted.push(packed);
		wanted.push(...choice.text.map((piece) => piece.part), ...choice.html.map((piece) => piece.part));
		wanted.push(...reportParts(choice.attachments));
		wanted.push(...calendarParts(choice.attachments));
	}
	const filter = options.attachmentContent;
	if (filter) {
		// Which pictures are embedded is known for certain only when the html was read.
		const isShown = options.level === 'content' ? () => false : shownByStructure(choice.html.length > 0);
		wanted.push(
			...choice.attachments.filter((part) =>
				mayHoldWanted(
					describeAttachment(part, (attachment) => isShown(attachment, choice.related.has(part))),
					filter,
				),
			),
		);
	}
	return [...new Set(wanted.filter((part) => (part.size ?? 0) <= largestPart).map((part) => part.part))];
}

/**
 * A copy of a server's structure within the limits that hold for a message read whole: a server relays whatever structure a
 * sender made up. `cut` learns what was left out. A single part gets its number, "1".
 */
export function boundedStructure(root: BodyPart, cut: Set<Cut>): BodyPart {
	let parts = 0;
	const copy = (part: BodyPart, depth: number): BodyPart => {
		parts++;
		const type = normalizeType(part.type);
		const children: BodyPart[] = [];
		if (type.startsWith('multipart/')) {
			if (depth >= mimeLimits.nesting && part.children.length > 0) cut.add('nesting');
			else {
				for (const child of part.children) {
					if (parts >= mimeLimits.parts) {
						cut.add('parts');
						break;
					}
					children.push(copy(child, depth + 1));
				}
			}
		}
		return { ...part, type, children };
	};
	const structure = copy(root, 0);
	if (structure.children.length === 0) structure.part = structure.part === '' || structure.part === 'TEXT' ? '1' : structure.part;
	return structure;
}
