import { firstValue, type HeaderBlock } from './headerBlock';

/** What the receiving server's filter found. */
export interface SpamVerdict {
	/** Absent where the filter gave points only. */
	verdict?: 'spam' | 'ham';
	/** In the filter's own scale, mostly with 5 as the limit; higher is worse. */
	score?: number;
}

/** Reads the value of a field; undefined when it says nothing. */
type Reader = (value: string) => SpamVerdict | undefined;

const byYesOrNo: Reader = (value) => {
	if (/^\s*(?:yes|true|spam|junk|1)\b/i.test(value)) return { verdict: 'spam' };
	return /^\s*(?:no|not[ -]?(?:spam|junk)|false|ham|clean|innocent|whitelisted|ok|0)\b/i.test(value)
		? { verdict: 'ham' }
		: undefined;
};

/** "Yes, score=7.1 required=5.0", "No, hits=-1.2", "yes, SCORE=5.30". */
const withScore: Reader = (value) => ({
	...byYesOrNo(value),
	...scoreIn(/(?:score|hits|points)\s*=\s*(-?\d+(?:[.,]\d+)?)/i, value),
});

const scoreOnly: Reader = (value) => {
	const stars = /^\s*([*x+]{1,100})\s*$/i.exec(value)?.[1];
	return stars === undefined ? scoreIn(/^\s*(-?\d+(?:[.,]\d+)?)/, value) : { score: stars.length };
};

/** Spam confidence level of Exchange: -1 is trusted, from 5 on it goes to the junk folder. */
const byConfidenceLevel: Reader = (value) => {
	const level = scoreIn(/^\s*(-?\d)\b/, value)?.score;
	return level === undefined ? undefined : { verdict: level >= 5 ? 'spam' : 'ham', score: level };
};

/** What the filters write, the ones that name a verdict before those that only count. */
const readers: ReadonlyArray<[field: string, read: Reader]> = [
	['x-spam-flag', byYesOrNo],
	['x-spam-status', withScore],
	['x-spamd-result', (value) => ({ ...resultOfRspamd(value), ...scoreIn(/\[\s*(-?\d+(?:\.\d+)?)\s*\//, value) })],
	['x-ms-exchange-organization-scl', byConfidenceLevel],
	['x-forefront-antispam-report', (value) => byConfidenceLevel(/\bSCL:(-?\d)/i.exec(value)?.[1] ?? '')],
	['x-barracuda-spam-status', withScore],
	['x-barracuda-spam-flag', byYesOrNo],
	['x-mailscanner-spamcheck', withScore],
	['x-bogosity', (value) => ({ ...byYesOrNo(value), ...scoreIn(/spamicity=(\d+(?:\.\d+)?)/i, value) })],
	['x-dspam-result', byYesOrNo],
	['x-ui-filterresults', byYesOrNo],
	['x-cmae-verdict', byYesOrNo],
	['x-vade-spamstate', byYesOrNo],
	['x-vr-spamstate', byYesOrNo],
	['x-ses-spam-verdict', (value) => passOrFail(value)],
	['x-proofpoint-spam-details', (value) => ({ ...proofpointRule(value), ...scoreIn(/\bscore=(\d+)/i, value) })],
	[
		'x-yandex-spam',
		(value) => (/^\s*4\b/.test(value) ? { verdict: 'spam' } : /^\s*[12]\b/.test(value) ? { verdict: 'ham' } : undefined),
	],
	['x-hmailserver-spam', byYesOrNo],
	['x-spam', byYesOrNo],
	['x-spam-score', scoreOnly],
	['x-barracuda-spam-score', scoreOnly],
	['x-mailscanner-spamscore', scoreOnly],
	['x-spam-level', scoreOnly],
];

/** characters of a field that are looked at: some filters list every rule */
const longestField = 2000;

/**
 * Reads what spam filters write into the header. Of each field the topmost counts, since a server writes its own above what came
 * with the message; where filters disagree, "spam" does: nobody writes that into his own mail. As with
 * `Authentication-Results` a sender can write such fields too, so "ham" is as good as the server's habit of writing its own.
 */
export function readSpamVerdict(header: HeaderBlock): SpamVerdict | undefined {
	const found = readers.flatMap(([name, read]) => {
		const value = firstValue(header, name);
		return value === undefined ? [] : (read(value.slice(0, longestField)) ?? []);
	});
	const isSpam = found.find(({ verdict }) => verdict === 'spam');
	const decisive = isSpam ?? found.find(({ verdict }) => verdict !== undefined);
	const score = decisive?.score ?? found.find((one) => one.score !== undefined)?.score;
	if (decisive === undefined && score === undefined) return undefined;
	return { ...(decisive?.verdict && { verdict: decisive.verdict }), ...(score !== undefined && { score }) };
}

function scoreIn(pattern: RegExp, value: string): { score: number } | undefined {
	const found = pattern.exec(value)?.[1];
	return found === undefined ? undefined : { score: Number(found.replace(',', '.')) };
}

/** "default: True [16.20 / 15.00]" */
function resultOfRspamd(value: string): SpamVerdict | undefined {
	const said = /:\s*(true|false)\b/i.exec(value)?.[1].toLowerCase();
	return said === undefined ? undefined : { verdict: said === 'true' ? 'spam' : 'ham' };
}

function passOrFail(value: string): SpamVerdict | undefined {
	if (/^\s*fail\b/i.test(value)) return { verdict: 'spam' };
	return /^\s*pass\b/i.test(value) ? { verdict: 'ham' } : undefined;
}

function proofpointRule(value: string): SpamVerdict | undefined {
	if (/\brule=(?:spam|[a-z_]*_spam|phish)\b/i.test(value)) return { verdict: 'spam' };
	return /\brule=(?:[a-z_]*notspam|[a-z_]*_safe)\b/i.test(value) ? { verdict: 'ham' } : undefined;
}
