import { withoutAnswerPrefix } from './answers';

/** What a subject is about: without marks of answers, ticket numbers, tags in brackets, case and spaces. */
export function topicOf(subject: string): string {
	return withoutAnswerPrefix(subject.slice(0, 1000).normalize('NFKC'))
		.replace(ticketForms, ' ')
		.replace(/[[({][^\])}]{0,60}[\])}]/g, ' ')
		.replace(/[^\p{L}\p{N}]+/gu, ' ')
		.trim()
		.toLowerCase();
}

/** Too little to distinguish two conversations of one person: "Hello", "Invoice", "Question". */
export const isVague = (topic: string): boolean => topic.split(' ').length < 2 || topic.length < 8;

/** "[#4711]", "[Ticket#2026112210000017]", "Ticket-ID: 4711", "[ABC-123]", "{ticket:12}", "ref:_00D5.5001:ref", "Case 00012345". */
const ticketForms =
	/\[[^\]\d#]{0,30}#\s?[\w-]{2,30}\]|\[[A-Z][A-Z0-9]{1,9}-\d{1,10}\]|\{[a-z]{2,20}[:#]\s?[\w-]{1,30}\}|\bref:[\w.!]{6,60}:ref\b|(?<![\p{L}\d])(?:ticket|case|request|incident|vorgang|anfrage|fall|dossier|caso|sprawa|zgłoszenie|заявка|обращение|issue|rma)(?:[- ]?(?:id|no|nr|number|nummer|numéro|número))?\.?\s?[:#№]?\s?#?(?=[\p{L}-]{0,6}\d)[\p{L}\d-]{3,30}|(?<![\p{L}\d&])#\d{3,20}/giu;

/** characters of a text in which ticket numbers are looked for */
const longestText = 8 * 1024;
const mostTickets = 5;

export interface Ticket {
	/** Lower case, without spaces and brackets. */
	number: string;
	/** Whether a program wrote it, by its form: in brackets. People write "#17" and "order no. 17" too. */
	isTag: boolean;
}

/** What each form has somewhere. */
const hint = /[\d#{]|ref:/i;

/** The lines that may hold a number, and those next to them: the forms are looked for at every character, which takes its time. */
function withNeighbours(text: string): string {
	const lines = text.split('\n');
	const isHinted = lines.map((line) => hint.test(line));
	return lines.filter((_line, at) => isHinted[at] || isHinted[at - 1] || isHinted[at + 1]).join('\n');
}

/** Ticket numbers in a text. */
export function ticketsIn(text: string): Ticket[] {
	const found = withNeighbours(text.slice(0, longestText)).match(ticketForms) ?? [];
	const tickets = found.map((ticket) => ({
		number: ticket.toLowerCase().replace(/[\s[\]{}:.№]+/g, ''),
		isTag: /^(?:\[|\{|ref:)/i.test(ticket),
	}));
	return [...new Map(tickets.map((ticket) => [ticket.number, ticket])).values()].slice(0, mostTickets);
}
