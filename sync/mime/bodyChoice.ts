import type { BodyPart } from '../server/bodyPart';

/** One piece of the text or the html of a message, in order of appearance. */
export interface BodyPiece<Part = BodyPart> {
	part: Part;
	/** What the part is; a piece of the other kind has to be converted. */
	kind: 'text' | 'html';
	/** What the text is made from if the part is blank: programs that write html leave the text beside it empty. */
	ifBlank?: Array<BodyPiece<Part>>;
}

/** Which parts of a message make its text and its html, and which are attachments. */
export interface BodyChoice<Part = BodyPart> {
	/** Pieces of the text: html pieces stand in where there is no text part. */
	text: Array<BodyPiece<Part>>;
	/** Pieces of the html; empty when no part is html. */
	html: Array<BodyPiece<Part>>;
	attachments: Part[];
	/** Those of the attachments that stand beside the root of a related set. */
	related: ReadonlySet<Part>;
}

/** The structure of the server or a scanned message: the chosen parts keep their kind. */
export type PartTree<Part> = Omit<BodyPart, 'children'> & { children: Part[] };

/**
 * Chooses by structure alone, so that the choice is the same before and after reading the message.
 *
 * The rules: of multipart/alternative the last html and the first text are taken; the parts of other multiparts follow each
 * other, and a part that exists in one kind only stands in for the other; everything else is an attachment, whether it says
 * so or not. A message inside the message is an attachment and never gives text or html.
 */
export function chooseBody<Part extends PartTree<Part>>(root: Part): BodyChoice<Part> {
	const files: Files<Part> = { attachments: [], related: new Set() };
	const body = chooseFrom(root, { isFirst: true, inAlternative: false }, files);
	return { ...body, ...files };
}

interface Files<Part> {
	attachments: Part[];
	related: Set<Part>;
}

type Leaf = Omit<BodyPart, 'children'>;

interface Position {
	/** Nothing but multiparts stands before it. */
	isFirst: boolean;
	inAlternative: boolean;
}

type Body<Part> = Pick<BodyChoice<Part>, 'text' | 'html'>;

function chooseFrom<Part extends PartTree<Part>>(part: Part, position: Position, files: Files<Part>): Body<Part> {
	if (part.type.startsWith('multipart/') && part.children.length > 0) {
		if (part.type === 'multipart/alternative') return chooseAlternative(part, position, files);
		const isRelated = part.type === 'multipart/related';
		const bodies = part.children.map((child, index) => {
			const at = { isFirst: position.isFirst && index === 0, inAlternative: false };
			// The parts beside the root of a related set are what it refers to (RFC 2387), also where they are text.
			if (isRelated && index > 0 && child.contentId !== undefined) {
				files.attachments.push(...leaves(child));
				for (const leaf of leaves(child)) files.related.add(leaf);
				return { text: [], html: [] };
			}
			return chooseFrom(child, at, files);
		});
		return follow(bodies);
	}
	const kind = part.type === 'text/plain' ? 'text' : part.type === 'text/html' ? 'html' : undefined;
	if (kind && isBody(part, position)) {
		const pieces: Array<BodyPiece<Part>> = [{ part, kind }];
		return kind === 'text' ? { text: pieces, html: [] } : { text: pieces, html: pieces };
	}
	if (!isUnwantedAlternative(part, position)) files.attachments.push(part);
	return { text: [], html: [] };
}

/** RFC 2046 section 5.1.4: the last is the richest. Only an alternative that is all text is taken for the text. */
function chooseAlternative<Part extends PartTree<Part>>(part: Part, position: Position, files: Files<Part>): Body<Part> {
	const bodies = part.children.map((child, index) =>
		chooseFrom(child, { isFirst: position.isFirst && index === 0, inAlternative: true }, files),
	);
	const text = bodies.find((body) => body.text.length > 0 && body.html.length === 0);
	const html = bodies.findLast((body) => body.html.length > 0);
	if (text?.text.length === 1 && html) return { text: [{ ...text.text[0], ifBlank: html.text }], html: html.html };
	return { text: text?.text ?? html?.text ?? [], html: html?.html ?? [] };
}

/** Bodies that follow each other: as soon as one has html, the others' text becomes part of the html. */
function follow<Part>(bodies: Array<Body<Part>>): Body<Part> {
	const hasHtml = bodies.some((body) => body.html.length > 0);
	return {
		text: bodies.flatMap((body) => body.text),
		html: hasHtml ? bodies.flatMap((body) => (body.html.length > 0 ? body.html : body.text)) : [],
	};
}

/**
 * A text part is body unless it says "attachment", or has a name and does not come first: Apple Mail sends text files as
 * "inline" with a name, and others name the body.
 */
function isBody(part: Leaf, position: Position): boolean {
	if (part.disposition !== undefined && part.disposition !== 'inline') return false;
	return position.isFirst || position.inAlternative || !hasName(part);
}

function hasName(part: Leaf): boolean {
	return (
		Object.keys(part.dispositionParameters).some((name) => name.startsWith('filename')) ||
		Object.keys(part.parameters).some((name) => /^name(\*|$)/.test(name))
	);
}

/** Other renderings of the body, such as text/x-amp-html or text/enriched; an invitation is wanted. */
function isUnwantedAlternative(part: Leaf, position: Position): boolean {
	return (
		position.inAlternative &&
		part.type.startsWith('text/') &&
		part.type !== 'text/calendar' &&
		part.disposition === undefined &&
		!hasName(part)
	);
}

function leaves<Part extends PartTree<Part>>(part: Part): Part[] {
	return part.type.startsWith('multipart/') && part.children.length > 0
		? part.children.flatMap((child) => leaves(child))
		: [part];
}
