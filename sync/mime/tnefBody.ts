import type { BodyChoice } from './bodyChoice';
import { htmlToText } from './htmlText';
import { mimeLimits } from './limits';
import { isTnef, readTnef } from './tnef';
import type { BodyPart } from '../server/bodyPart';

/** bytes of a text that may be blank: Exchange writes a line end, or nothing, beside a container that has the body */
const longestBlank = 16;

/** The Outlook container that has the body of a message without text of its own; decided by structure alone. */
export function tnefWithBody<Part extends BodyPart>({ text, html, attachments }: BodyChoice<Part>): Part | undefined {
	const bytes = text.reduce((sum, { part }) => sum + (part.size ?? 0), 0);
	if (html.length > 0 || bytes > longestBlank) return undefined;
	return attachments.find((part) => isTnef(part.type, part.dispositionParameters.filename ?? part.parameters.name ?? ''));
}

/** Text and html of a container; neither where it has none. */
export function bodyOfTnef(container: Buffer): { text?: string; html?: string } {
	const { text, html } = readTnef(container) ?? {};
	const lines = text?.replace(/\r\n?/g, '\n') || (html === undefined ? undefined : htmlToText(html).text);
	return {
		...(lines !== undefined && { text: lines.slice(0, mimeLimits.textLength) }),
		...(html !== undefined && { html: html.replace(/\r\n?/g, '\n').slice(0, mimeLimits.textLength) }),
	};
}
