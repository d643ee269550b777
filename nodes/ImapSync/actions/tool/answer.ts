import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { Fence } from './Fence';
import { roughTokens, withinTokens } from './tokens';

/** What an answer to a model takes, in tokens: with what n8n adds it stays below 8,000. */
const MOST_TOKENS = 7_000;

/** Of a text at least this much is given, or nothing of it. In tokens. */
const LEAST_TEXT = 100;

/** What was asked for, as far as it says how to go on. */
export interface Asked {
	/** Messages that were left out at the beginning, where the operation can be asked for more. */
	skip?: number;
	/** There may be more results than were asked for. */
	isLimited: boolean;
	/** The place in texts where to begin. */
	textFrom: number;
}

/**
 * The items as the answer of a tool: what senders wrote is fenced, no more than a model can take, and what is left out is said with the
 * way to get it. The first item has the note about the fence, the last one says how to go on.
 */
export function answerOf(items: readonly IDataObject[], asked: Asked): INodeExecutionData[] {
	if (items.length === 0) return [{ json: { found: 0, more: 'Nothing was found.' } }];
	const fence = new Fence();
	const answers: IDataObject[] = [];
	let left = MOST_TOKENS;
	for (const item of items) {
		const answer = fence.around({ ...item, text: undefined });
		left -= roughTokens(JSON.stringify(answer));
		if (left < 0 && answers.length > 0) break;
		answers.push(answer);
	}
	addTexts(answers, items, Math.max(0, left), { fence, from: asked.textFrom });
	const more = moreOf(items, answers.length, asked);
	if (more !== undefined) answers[answers.length - 1].more = more;
	return answers.map((json, place) => ({ json: place === 0 ? { ...noteOf(fence), ...json } : json, pairedItem: { item: 0 } }));
}

const noteOf = (fence: Fence): IDataObject => (fence.note === undefined ? {} : { note: fence.note });

/** Puts the texts in, each as long as there is room: what one does not need is for those that follow. */
function addTexts(
	answers: IDataObject[],
	items: readonly IDataObject[],
	room: number,
	{ fence, from }: { fence: Fence; from: number },
): void {
	const texts = answers.flatMap((answer, place) => {
		const { text } = items[place];
		return typeof text === 'string' ? [{ answer, text }] : [];
	});
	let left = room;
	texts.forEach(({ answer, text }, place) => {
		const rest = text.slice(from);
		const share = Math.floor(left / (texts.length - place));
		const shown = share < LEAST_TEXT ? '' : withinTokens(rest, share);
		left -= roughTokens(shown);
		Object.assign(answer, fence.around({ text: shown }));
		if (shown.length < rest.length) {
			answer.textGoesOnAt = from + shown.length;
			answer.textLength = text.length;
		}
	});
}

function moreOf(items: readonly IDataObject[], shown: number, { skip, isLimited }: Asked): string | undefined {
	const texts = items.slice(0, shown).some(({ text }) => typeof text === 'string');
	const hints: string[] = [];
	if (shown < items.length) {
		const failed = items.slice(shown).filter(({ error }) => error !== undefined).length;
		hints.push(
			`Only the first ${shown} of ${items.length} results are here${failed > 0 ? `; of the others ${failed} failed` : ''}.`,
		);
	}
	if (skip !== undefined && (shown < items.length || isLimited))
		hints.push(`There may be more: ask again with Skip ${skip + shown}.`);
	if (texts) hints.push('Where a text has textGoesOnAt, get that message by its ID with this number in Text From to read on.');
	return hints.length === 0 ? undefined : hints.join(' ');
}
