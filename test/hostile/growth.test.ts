import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';

import { fromLine, MboxMessage } from '../../sync/archive/mbox';
import { printable } from '../../sync/errors/printable';
import { cleanFlags } from '../../sync/imap/flags';
import { toSyncError } from '../../sync/imap/mapErrors';
import { quirksOf } from '../../sync/imap/quirks';
import { quotable } from '../../sync/imap/redact';
import { codeInWords } from '../../sync/imap/refusalWords';
import { readAddresses } from '../../sync/mime/addresses';
import { isAnswer, isForward, isMarkedAsAnswer, withoutAnswerPrefix } from '../../sync/mime/answers';
import { mayHoldWanted, passesByContent, passesFilter } from '../../sync/mime/attachmentFilter';
import { describeAttachment, unpackTnef } from '../../sync/mime/attachments';
import { findAttributions } from '../../sync/mime/attribution';
import { openCms } from '../../sync/mime/cms';
import { colorOf } from '../../sync/mime/color';
import { guessCharset } from '../../sync/mime/charsetGuess';
import { readComplaint } from '../../sync/mime/complaint';
import { decompressRtf } from '../../sync/mime/compressedRtf';
import { readDeliveredTo } from '../../sync/mime/deliveredTo';
import { shownByHtml } from '../../sync/mime/embeddedPictures';
import { typeOfContent, typeOfFile } from '../../sync/mime/fileType';
import { withoutInvisible, withoutInvisibleButJoiners } from '../../sync/mime/invisibleCharacters';
import { readMailingList } from '../../sync/mime/mailingList';
import { readRtf } from '../../sync/mime/rtf';
import { isPgpText } from '../../sync/mime/secureMail';
import { readSpamVerdict } from '../../sync/mime/spamVerdict';
import { StyleSheet } from '../../sync/mime/styleSheet';
import { isSubstitute } from '../../sync/mime/substituteMessage';
import { bodyOfTnef } from '../../sync/mime/tnefBody';
import { visibleText } from '../../sync/mime/visibleText';
import { readAuthentication } from '../../sync/mime/authentication';
import { readAutoSubmitted } from '../../sync/mime/autoSubmitted';
import { decodeTextPart } from '../../sync/mime/bodyText';
import { readBounce } from '../../sync/mime/bounce';
import { isRefusal, reasonIn, refusalIn, statusIn } from '../../sync/mime/bounceReason';
import { readBounceText } from '../../sync/mime/bounceText';
import { readCalendar } from '../../sync/mime/calendar';
import { calendarLines } from '../../sync/mime/calendarLines';
import { inNamedZone } from '../../sync/mime/calendarZone';
import {
	decodeCharset,
	decodeIfUtf8,
	fromC1,
	isSingleByteLatin,
	isUndeclared,
	isUtf8,
	joinFoldedCharacters,
} from '../../sync/mime/charset';
import { charsetOf } from '../../sync/mime/charsetLabel';
import { composed, folded } from '../../sync/mime/composedText';
import { composeMessage, countMailboxes, parseAddresses } from '../../sync/mime/composeMessage';
import { isAutoReplySubject } from '../../sync/mime/autoReplySubjects';
import {
	hasNullReturnPath,
	isDaemonSender,
	isDaemonText,
	isDelaySubject,
	isFailureSubject,
	isFromDaemon,
} from '../../sync/mime/daemonMail';
import { readDate } from '../../sync/mime/dates';
import { decodeEncodedWords, encodedAsUtf8, escapeRawBytes } from '../../sync/mime/encodedWords';
import { directionOf } from '../../sync/mime/direction';
import { domainOf, isOurs, isOwnAddress, isPublicDomain, normalAddress, ownAddresses } from '../../sync/mime/ownAddresses';
import { isVague, ticketsIn, topicOf } from '../../sync/mime/subjectTopic';
import { nameByType, safeFileName } from '../../sync/mime/fileName';
import { decodeFlowed } from '../../sync/mime/flowed';
import { allValues, decodeWords, firstValue, readHeaderBlock, readParameterField, toOneLine } from '../../sync/mime/headerBlock';
import { htmlToText, isIntricate, textToHtml } from '../../sync/mime/htmlText';
import { matcherOf } from '../../sync/mime/ignoreRules';
import { meets } from '../../sync/mime/meets';
import { monthNumber } from '../../sync/mime/monthNames';
import { mapMessage } from '../../sync/mime/mapMessage';
import { quotedHeaderAt } from '../../sync/mime/quotedHeader';
import { readAsFarAsPossible } from '../../sync/mime/readAsFarAsPossible';
import { readMessage } from '../../sync/mime/readMessage';
import type { ReadOptions } from '../../sync/mime/readOptions';
import { readReceiptOf } from '../../sync/mime/readReceipt';
import { attributionLine, quotedHtml, quotedText, replyHeaders, replyRecipients, replySubject } from '../../sync/mime/reply';
import { ownTextOf, replyTextOf, splitReply } from '../../sync/mime/replyText';
import { snippetOf, snippetOfBeginning } from '../../sync/mime/snippet';
import { safeHtml } from '../../sync/mime/safeHtml';
import { declaredCharset, normalizeType, scanMessage } from '../../sync/mime/structure';
import { withoutSignature } from '../../sync/mime/signature';
import { decodeEucTw, decodeIso2022Cn } from '../../sync/mime/taiwanese';
import { readMessageIds, threadKeyOf } from '../../sync/mime/threading';
import { isTnef, readTnef } from '../../sync/mime/tnef';
import { decodedSize, decodeTransferEncoding, normalizeEncoding } from '../../sync/mime/transferEncoding';
import { identityOfHeader } from '../../sync/reading/identity';
import { asUid } from '../../sync/uids/uid';
import type { BodyPart } from '../../sync/server/bodyPart';
import type { FetchedMessage } from '../../sync/server/message';
import { seedFrom } from '../support/chance';

/** Whatever takes a text or bytes that a sender made up must take time by its length, not by the square of it. */
const functions: Record<string, (text: string) => unknown> = {
	readAddresses: (text) => readAddresses([text]),
	parseAddresses,
	countMailboxes,
	isAnswer: (subject) => isAnswer({ subject, references: [] }),
	describeAttachment: (text) => [
		describeAttachment(part({ dispositionParameters: { filename: `a${text}x` }, contentId: text })),
		describeAttachment(part({ dispositionParameters: { 'filename*0*': text } })),
	],
	passesFilter: (fileName) => passesFilter(attachment(fileName), { names: ['*a*b*c.pdf'], types: ['*/*x'] }),
	mayHoldWanted: (fileName) => mayHoldWanted(attachment(fileName), { names: ['*a*b*c.pdf'], types: [] }),
	unpackTnef: (text) => unpackTnef(attachment('winmail.dat'), tnef(text), () => false),
	readTnef: (text) => readTnef(tnef(text)),
	isTnef: (text) => isTnef(text, text),
	findAttributions: (text) => findAttributions(text.split('\n')),
	readAuthentication: (text) => [
		readAuthentication(block({ 'Authentication-Results': text })),
		readAuthentication(block({ Received: text, 'Authentication-Results': 'a.example; spf=pass' })),
	],
	readAutoSubmitted: (text) =>
		['Auto-Submitted', 'Subject', 'Precedence', 'From', 'Return-Path'].map((name) => readAutoSubmitted(block({ [name]: text }))),
	isFailureSubject: (text) => isFailureSubject(block({ Subject: text })),
	isDelaySubject: (text) => isDelaySubject(block({ Subject: text })),
	hasNullReturnPath: (text) => hasNullReturnPath(block({ 'Return-Path': text })),
	isDaemonSender: (text) => isDaemonSender(block({ From: text })),
	isFromDaemon: (text) => isFromDaemon(block({ From: text, 'Return-Path': text })),
	isDaemonText: (text) => isDaemonText(block({ From: text, 'Return-Path': text }), text),
	isAutoReplySubject: (text) => [isAutoReplySubject(text, true), isAutoReplySubject(text, false)],
	decodeTextPart: (text) => [
		decodeTextPart(part({ parameters: { format: 'flowed', delsp: 'yes' } }), Buffer.from(text)),
		decodeTextPart(part({ type: 'text/html' }), Buffer.from(text)),
		decodeTextPart(part({ type: 'text/calendar' }), Buffer.from(text)),
	],
	readBounce: (text) =>
		readBounce({
			header: block({ From: 'MAILER-DAEMON@a.example', Subject: 'Undelivered Mail Returned to Sender' }),
			reports: [
				Buffer.from(`Reporting-MTA: dns; a\r\n\r\nFinal-Recipient: rfc822; a@b.c\r\nDiagnostic-Code: ${text}`),
				Buffer.from(text),
			],
			returned: readHeaderBlock(Buffer.from(text)),
			text,
		}),
	readBounceText: (text) => readBounceText(text, ['a@b.c'], new Set(['d@e.f'])),
	statusIn,
	guessCharset: (text) => guessCharset(Buffer.from(text).toString('latin1')),
	decodeEucTw: (text) => decodeEucTw(Buffer.from(text)),
	decodeIso2022Cn: (text) => [decodeIso2022Cn(Buffer.from(text)), decodeIso2022Cn(Buffer.from(`\x1b$)A\x0e${text}`))],
	isRefusal: (diagnostic) => isRefusal({ diagnostic }),
	reasonIn: (text) => reasonIn(text.split('\n'), { at: 0, end: 1_000_000, address: 'a@b.c' }),
	refusalIn: (text) => refusalIn(text.split('\n'), { at: 0, end: 1_000_000, address: '' }),
	readReceiptOf: (text) => [
		readReceiptOf(Buffer.from(text)),
		readReceiptOf(Buffer.from(`Final-Recipient: rfc822; a@b.c\r\nDisposition: ${text}`)),
	],
	readCalendar: (text) => [
		readCalendar(calendar(`SUMMARY:${text}`, `ATTENDEE;CN=${text}:mailto:a@b.c`, text), 'request'),
		readCalendar(calendar(`DTSTART;TZID=${text}:20260101T000000`, `RRULE:${text}`, `DURATION:${text}`), 'request'),
		readCalendar(calendarWithZone(text), 'request'),
	],
	calendarLines,
	inNamedZone: (text) => inNamedZone('2026-01-01T00:00:00', text),
	decodeCharset: (text) =>
		['utf-7', 'utf-8', 'hz-gb-2312', 'iso-2022-jp', 'iso-2022-kr', 'us-ascii', 'windows-1252', undefined].map((charset) =>
			decodeCharset(Buffer.from(text), charset),
		),
	decodeIfUtf8: (text) => decodeIfUtf8(Buffer.from(text)),
	fromC1,
	isUndeclared,
	isUtf8,
	isSingleByteLatin,
	joinFoldedCharacters,
	charsetOf,
	composed,
	folded,
	composeMessage: (text) =>
		composeMessage({
			subject: text,
			text,
			html: text,
			messageId: '<a@b.c>',
			to: [{ name: text, address: 'a@b.c' }],
			date: new Date(0),
		}),
	readDate: (text) =>
		[text, `Mon, 1 Jan 2026 00:00:00${text}`, `Mon${text}1 Jan 2026`, `1 Jan${text}`].map((date) => readDate(date)),
	monthNumber,
	decodeEncodedWords,
	encodedAsUtf8,
	escapeRawBytes,
	safeFileName: (text) => [safeFileName(text), safeFileName(`a${text}x`)],
	nameByType: (text) => nameByType(text, '1'),
	decodeFlowed: (text) => decodeFlowed(text, true),
	readHeaderBlock: (text) => readHeaderBlock(Buffer.from(text)),
	firstValue: (text) => firstValue(readHeaderBlock(Buffer.from(text)), 'to'),
	allValues: (text) => allValues(readHeaderBlock(Buffer.from(text)), 'to'),
	decodeWords,
	toOneLine,
	readParameterField: (text) =>
		[text, `a/b; x=${text}`, `a/b; x="${text}`, `a/b; ${text}`].map((field) => readParameterField(field)),
	htmlToText: (text) => [htmlToText(text), htmlToText(`${text}x`), htmlToText(`${'<div>'.repeat(600)}${text}x`)],
	textToHtml,
	safeHtml: (text) => [
		safeHtml(text, { remoteImages: true }),
		safeHtml(`<p style="${text}">`, { remoteImages: false }),
		safeHtml(`<a href="https:${text}"><img src="https:${text}">`, { remoteImages: true }),
	],
	matcherOf: (text) => {
		const ignores = matcherOf({ senders: ['*a*@*.example'], subjects: ['a*b*c'], threads: ['<x@y>'] });
		return ignores(
			message(`Subject: ${inField(text)}\r\nFrom: x <a@${inField(text)}>\r\nReferences: ${inField(text)}\r\n\r\n`, 'header'),
		);
	},
	meets: (text) =>
		meets(message(`Subject: ${inField(text)}\r\nFrom: ${inField(text)}\r\n\r\n${text}`), { subject: 'é', from: 'ü', text: 'ö' }),
	replySubject: (text) => replySubject(`${text}x`),
	replyHeaders: (text) => replyHeaders({ messageId: '<a@b.c>', references: text.split(' ') }),
	replyRecipients: (text) =>
		replyRecipients({ to: text.split(' ').map((address) => ({ name: '', address })), references: [] }, ['a@b.c'], true),
	attributionLine: (name) => attributionLine({ from: { name, address: 'a@b.c' }, references: [] }),
	quotedText: (text) => quotedText('', { text: `${text}x`, references: [] }),
	quotedHtml: (text) => quotedHtml('', { html: text, text, references: [] }),
	splitReply: (text) => [splitReply(text, true), splitReply(`hello\n${text}x\n`, true)],
	replyTextOf: (text) => [replyTextOf(text, true), replyTextOf(text, false)],
	ownTextOf: (text) => [ownTextOf(text, true), ownTextOf(text, false)],
	snippetOf,
	snippetOfBeginning: (text) =>
		snippetOfBeginning(
			{ text: [{ kind: 'text', part: part({}) }], html: [], attachments: [], related: new Set<BodyPart>() },
			() => Buffer.from(text),
			true,
		),
	quotedHeaderAt: (text) => {
		const lines = text.split('\n');
		return lines.map((_line, at) => quotedHeaderAt(lines, at));
	},
	withoutSignature: (text) => withoutSignature(text.split('\n')),
	scanMessage: (text) => [
		scanMessage(Buffer.from(text)),
		scanMessage(Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n${text}`)),
	],
	declaredCharset: (text) => declaredCharset(scanMessage(Buffer.from(text)).root),
	normalizeType,
	readMessageIds,
	threadKeyOf: (text) => threadKeyOf({ references: [text], inReplyTo: text, messageId: text }),
	decodeTransferEncoding: (text) =>
		['base64', 'quoted-printable', 'x-uuencode', '7bit'].map((encoding) => decodeTransferEncoding(Buffer.from(text), encoding)),
	normalizeEncoding,
	decodedSize: (text) => decodedSize(1, text),
	readMessage: (text) => [
		readMessage(message(`From: a@b.c\r\nIn-Reply-To: <a@b>\r\n\r\n${text}`), everything),
		readMessage(message(`Content-Type: text/html\r\n\r\n${text}`), everything),
		readMessage(message(text), everything),
	],
	mapMessage: (text) =>
		mapMessage(message(`Content-Type: text/html\r\n\r\n${text}`), { ...everything, html: { remoteImages: false } }),
	readAsFarAsPossible: (text) => readAsFarAsPossible(message(text), everything, true),
	passesByContent: (text) => passesByContent(Buffer.from(text), { names: [], types: ['application/*'] }),
	typeOfContent: (text) => typeOfContent(Buffer.from(text)),
	typeOfFile: (text) => typeOfFile(text, text),
	openCms: (text) => openCms(Buffer.from(text), 1_000_000),
	colorOf,
	readComplaint: (text) =>
		readComplaint({
			header: block({}),
			report: Buffer.from(`Feedback-Type: abuse\r\n${text}`),
			original: block({ Subject: text }),
		}),
	decompressRtf: (text) => decompressRtf(compressedRtf(text), 1_000_000),
	readRtf: (text) => [readRtf(Buffer.from(text)), readRtf(Buffer.from(`{\\rtf1\\fromhtml1 ${text}`))],
	bodyOfTnef: (text) => bodyOfTnef(tnef(text)),
	readDeliveredTo: (text) => readDeliveredTo(block({ 'Delivered-To': text, Received: text })),
	shownByHtml,
	isIntricate,
	withoutInvisible,
	withoutInvisibleButJoiners,
	readMailingList: (text) => readMailingList(block({ 'List-Id': text, 'List-Unsubscribe': text, 'List-Post': text })),
	isPgpText,
	readSpamVerdict: (text) =>
		['X-Spam-Status', 'X-Spam-Score', 'X-Spam-Flag'].map((name) => readSpamVerdict(block({ [name]: text }))),
	StyleSheet: (text) => [new StyleSheet(text), new StyleSheet(`<style>${text}</style>`)],
	isSubstitute: (text) => isSubstitute(block({ From: `Microsoft Exchange ${text}`, Subject: text })),
	visibleText: (text) => [visibleText(text), visibleText(`<style>${text}</style><p class="a">x`)],
	withoutAnswerPrefix,
	isForward,
	isMarkedAsAnswer,
	topicOf,
	isVague,
	ticketsIn,
	normalAddress,
	domainOf,
	isPublicDomain,
	isOwnAddress: (address) => isOwnAddress({ name: '', address }, own),
	isOurs: (address) => isOurs({ name: '', address }, own),
	directionOf: (text) => directionOf({ to: text.split(',').map((address) => ({ name: '', address })), references: [] }, own),
	// Elsewhere than in sync/mime:
	fromLine: (text) => ['', 'From: ', 'From: <', 'Return-Path: <'].map((name) => fromLine(`${name}${text}\r\n\r\n`, new Date(0))),
	MboxMessage: (text) => {
		const mbox = new MboxMessage();
		const bytes = Buffer.from(text);
		for (let start = 0; start < bytes.length; start += 256) mbox.push(bytes.subarray(start, start + 256));
		return mbox.end();
	},
	identityOfHeader: (text) => identityOfHeader(Buffer.from(`Subject: ${text}\r\nMessage-ID: ${text}`)),
	printable,
	quotable: (text) => quotable(text, ['secret', 'aaaa']),
	cleanFlags: (text) => cleanFlags(text.split(' ')),
	codeInWords,
	quirksOf: (text) => [quirksOf(text), quirksOf('a.example', { name: text, vendor: text })],
	toSyncError: (text) =>
		toSyncError(Object.assign(new Error(text), { response: text, responseText: text, responseStatus: 'NO' }), {
			settings: { host: 'a.example', port: 1, user: 'u', password: 'pw', security: 'none', allowUnauthorizedCerts: false },
			doing: 'open',
			alerts: [text],
			connectionError: new Error(text),
		}),
};

/** Exports of sync/mime that get no text of a sender, or only through functions above. */
const without = new Set([
	'NotInOneGo',
	'mapApart',
	'isEmbedded',
	'isIndistinguishable',
	'BoundedMap',
	'Conversations',
	'CorrespondenceMemory',
	'LoopWatch',
	'TextWriter',
	'peopleOf',
	'ownAddresses',
	'embeddedMessage',
	'reportParts',
	'readReports',
	'smimePart',
	'openSecureMail',
	'isSeen',
	'styleOf',
	'tnefWithBody',
	'chooseBody',
	'readBody',
	'shorten',
	'calendarParts',
	'withoutRepetition',
	'isoOf',
	'senderRule',
	'subjectRule',
	'threadRule',
	'textsOfSender',
	'textOfSubject',
	'chooseLargeParts',
	'rawStream',
	'attachmentStream',
	'onFirstUse',
	'OpenMultiparts',
	'boundaryOf',
	'PartScanner',
	'howToRead',
	'partsToFetch',
	'boundedStructure',
	'describePart',
	'numberPart',
]);

/** What texts are made of that have been slow somewhere, alone and in rows of two or three. */
const pieces =
	'.|. | |\n|\r\n|\t|\n |\r\n a|<|>|(|)|()|"|\\|"\\|\\"|"a" |,|;|:|: |@|a@|a@b,|<a@b>|<a@|a|a |a.|-|--|_|=|?|=?|=?utf-8?q?|=?utf-8?q?a?= |=?utf-7?q?a?= |=?utf-8?b?QQ==?=|&|&#x41|&amp;|%4|%41|\'|*|*0*=|/|//|[|]|{|1|1 |1:|0|+|+-|~{|\x1b$B|\u0301|\u0301\u0327|\u200b|\u202e|é|中|😀|\0|--\n|--\n> a\n|> a\n|>\n|>From |\n>From |From: a\n|From: a\n\n\n|From: a\nTo: b\nSubject: c\n|-----\n|-----Original Message-----\n|_____\n|On 2020 a@b wrote:\n|a 2020:\n|wrote: |5.1.1 |550 |<a@b.c>: host x said: 550\n|Final-Recipient: rfc822; a\r\n\r\n|; a=b|;a|a*0=b;|spf=|by |Received: by a\r\n|To:a@b\r\n|re: |-----Original Message-----\n|On Mon, 23 Nov 2026 at 10:00, Bob <b@c.d> wrote:\n|Am 23.11.2026 um 10:00 schrieb Bob <b@c.d>:\n\n\n\n\n|From: Bob <b@c.d>\nTo: x\n|To: a@b.c;\n|:\n|<@<@<@:\n|wrote 10:00 |______________________\n|> a\nb:\n|a@b.c |a@b.c> |:( |" <|, "a| [a@b|"a"b<|<div>|<p>|<b>|<td>|<table><tr><td>|<ul><li>a|<li>|<b><i><u>|<option><li>|<p><dd>|<dl><dd>|<svg><math>|<select>|<a href=x>|<blockquote>|<br|a<br>|<!--|<!-- -->|<![CDATA[|<script>|<style>|<textarea>|<iframe>|<noscript>|<a b|<a b="|</div>|<div><!--</div>-->|<div title="</div>">|a<img>|<p style="a:b">|a:b;|a:url(|java\tscript:|<td colspan=1000>|<h1>a|<pre>|BEGIN:VEVENT\r\n|BEGIN:X\r\n|END:X\r\n|A=b;|ATTENDEE;CN=x:mailto:a@b\r\n|RDATE:20200101T000000\r\n|RRULE:FREQ=YEARLY;BYMONTH=1\r\n|BYDAY=|FREQ=DAILY;|1,|M!!!!\n|=\n|= |QQ==|A=|--b\r\n|--b--\r\n|Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n'.split(
		/\|/,
	);

const small = 4_000;
const large = 16_000;
/** What seems to grow too much from small to large has to do so once more. */
const larger = 64_000;
/** Four times as much may take eight times as long: caches and the collector have their share. What is quadratic takes sixteen times. */
const mostGrowth = 8;
/** The same from large to larger, where little but the length counts. */
const mostGrowthOnceMore = 12;
/** milliseconds that `large` may take in any case */
const negligible = 12;

/** CPU milliseconds of a call: what else the machine does, does not count. */
async function cost(call: (text: string) => unknown, text: string): Promise<number> {
	const start = process.cpuUsage();
	try {
		await Promise.all([call(text)].flat());
	} catch {
		// What refuses a text has been fast.
	}
	const { user, system } = process.cpuUsage(start);
	return (user + system) / 1000;
}

const repeated = (piece: string, length: number): string => piece.repeat(Math.ceil(length / piece.length));

/** Undefined when it grows with the length; otherwise what was measured. The least of several is what the function itself takes. */
async function tooMuchGrowth(call: (text: string) => unknown, piece: string): Promise<string | undefined> {
	const long = repeated(piece, large);
	const short = repeated(piece, small);
	let atLarge = await cost(call, long);
	let atSmall = Infinity;
	for (let attempt = 0; attempt < 4; attempt++) {
		if (atLarge < negligible) return undefined;
		atSmall = Math.min(atSmall, await cost(call, short));
		if (atLarge / Math.max(atSmall, 1) < mostGrowth) return undefined;
		atLarge = Math.min(atLarge, await cost(call, long));
	}
	// A step is no growth: with more memory than before, the first to be asked for it pays, on some machines 25 ms.
	const longer = repeated(piece, larger);
	const atLarger = Math.min(await cost(call, longer), await cost(call, longer));
	if (atLarger / atLarge < mostGrowthOnceMore) return undefined;
	return `${JSON.stringify(piece)}: ${[atSmall, atLarge, atLarger].map((ms) => ms.toFixed(0)).join(', ')} ms for ${small}, ${large} and ${larger} characters`;
}

describe('what a sender writes costs time by its length', () => {
	const seed = seedFrom('MIME_SEED');
	const random = fc.sample(
		fc.array(fc.constantFrom(...pieces), { minLength: 2, maxLength: 3 }).map((row) => row.join('')),
		{ numRuns: 40, seed },
	);

	test('every function of sync/mime is looked at', () => {
		const folder = join(__dirname, '../../sync/mime');
		const exported = readdirSync(folder)
			.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
			.flatMap((file) => [
				...readFileSync(join(folder, file), 'utf8').matchAll(
					/^export (?:(?:async )?function\*?|class) (\w+)|^export const (\w+) = (?:<|\()/gm,
				),
			])
			.map(([, name, arrow]) => name ?? arrow);
		expect(exported.filter((name) => !(name in functions) && !without.has(name))).toEqual([]);
	});

	test.each(Object.entries(functions))(`%s (seed ${seed})`, async (_name, call) => {
		await cost(call, repeated('a', small));
		const slow: string[] = [];
		for (const piece of [...pieces, ...random]) {
			const found = await tooMuchGrowth(call, piece);
			if (found !== undefined) slow.push(found);
		}
		expect(slow).toEqual([]);
	});

	test('what is quadratic would be seen', async () => {
		expect(await tooMuchGrowth((text) => /a+$/.exec(text), 'aaaaaaaab')).toBeUndefined();
		expect(await tooMuchGrowth((text) => /\.+x/.exec(text.slice(text.length / 2)), '.')).toContain('ms for');
	});
});

const everything: ReadOptions = { level: 'content', headers: ['*'], attachmentContent: { names: [], types: [] } };

const own = ownAddresses('a@b.example', ['c.example']);

const inField = (text: string): string => text.replace(/\r?\n/g, '\r\n ');

const block = (fields: Record<string, string>) =>
	readHeaderBlock(
		Buffer.from(
			`${Object.entries(fields)
				.map(([name, value]) => `${name}: ${inField(value)}`)
				.join('\r\n')}\r\n\r\n`,
		),
	);

function message(text: string, as: 'source' | 'header' = 'source'): FetchedMessage {
	return { uid: asUid(1), flags: [], size: text.length, [as]: Buffer.from(text) };
}

function part(fields: Partial<BodyPart>): BodyPart {
	return { part: '1', type: 'text/plain', parameters: {}, dispositionParameters: {}, children: [], size: 1, ...fields };
}

const attachment = (fileName: string) => ({ part: '1', fileName, mimeType: fileName, size: 1, isInline: false });

const tnef = (text: string): Buffer => Buffer.concat([Buffer.from([0x78, 0x9f, 0x3e, 0x22, 0, 0]), Buffer.from(text)]);

/** Compressed RTF ([MS-OXRTFCP] section 2.1.3.1) with these bytes as its content. */
function compressedRtf(text: string): Buffer {
	const head = Buffer.alloc(16);
	head.writeUInt32LE(1_000_000, 4);
	head.write('LZFu', 8);
	return Buffer.concat([head, Buffer.from(text)]);
}

const calendar = (...lines: string[]): string =>
	['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'UID:1', ...lines, 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n');

const calendarWithZone = (lines: string): string =>
	`BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n${lines}TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n${'BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=X:21990101T000000\r\nEND:VEVENT\r\n'.repeat(20)}END:VCALENDAR`;
