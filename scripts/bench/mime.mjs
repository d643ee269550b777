/**
 * Messages a second and peak memory of the mail reader, beside the parsers others use, on the same messages in the same run.
 *
 *   node scripts/bench/mime.mjs [seconds for each measurement, 1]
 *
 * Needs `npm run build`. Every contender runs in a process of its own, so that the peak is its own; the rounds of all
 * contenders take turns, so that a noisy machine is noisy for all, and the best round counts.
 */
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../n8n/package.mjs';

const require = createRequire(import.meta.url);
/** For html that has to become text. */
const withText = { skipTextToHtml: true, skipImageLinks: true, skipTextLinks: true };
const skipOptions = { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true, skipTextLinks: true };

const header = [
	'Return-Path: <joerg@example.com>',
	...[1, 2, 3].map(
		(hop) =>
			`Received: from mx${hop}.example.org (mx${hop}.example.org [192.0.2.${hop}]) by mx.example.com (Postfix) with ESMTPS id ABC${hop} for <bob@example.com>; Sun, 22 Nov 2026 10:00:0${hop} +0000`,
	),
	'DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=a; h=from:to:subject; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=YWJjZGVm',
	'From: =?utf-8?Q?J=C3=B6rg?= <joerg@example.com>',
	'To: Bob <bob@example.com>, "Doe, Carol" <carol@example.com>',
	'Subject: =?utf-8?B?R3LDvMOfZQ==?= from the office',
	'Date: Sun, 22 Nov 2026 10:00:00 +0100',
	'Message-ID: <one@example.com>',
	'References: <zero@example.com> <half@example.com>',
	'MIME-Version: 1.0',
];
const plainLine = 'Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod';
const message = (...lines) => Buffer.from([...header, ...lines, ''].join('\r\n'));
/** Html of 108 kB as shops send it: tables within tables, with a style on each of them. */
function newsletter() {
	const offer = (number) =>
		`<tr><td style="padding:10px 20px;font-family:Arial,sans-serif;font-size:14px;color:#333" align="left" valign="top"><table border="0" cellpadding="0" cellspacing="0" width="100%"><tr><td><a href="https://news.example.com/c/${number}?u=abcdef&amp;t=${number}"><img src="https://img.example.com/${number}.png" alt="Product" width="120"></a></td><td><h3 style="margin:0">Offer ${number}</h3><p style="margin:0 0 10px">Gr&uuml;&szlig;e, consectetur <b>adipiscing</b> elit.</p><a href="https://news.example.com/b/${number}">Buy now</a></td></tr></table></td></tr>`;
	const offers = Array.from({ length: 195 }, (_, number) => offer(number)).join('\r\n');
	return `<html><head><style>${'a{color:red}'.repeat(50)}</style></head><body><table width="600">${offers}</table></body></html>`;
}

const messages = {
	'2 kB text': message('Content-Type: text/plain; charset=utf-8', '', ...Array(10).fill(plainLine)),
	'32 kB quoted-printable': message(
		'Content-Type: multipart/alternative; boundary=b',
		'',
		'--b',
		'Content-Type: text/plain; charset=utf-8',
		'Content-Transfer-Encoding: quoted-printable',
		'',
		...Array(180).fill('Gr=C3=BC=C3=9Fe aus K=C3=B6ln, consectetur adipiscing elit, sed do=20='),
		'',
		'--b',
		'Content-Type: text/html; charset=utf-8',
		'Content-Transfer-Encoding: quoted-printable',
		'',
		...Array(200).fill('<p style=3D"color: red">Gr=C3=BC=C3=9Fe <b>consectetur adipiscing</b></p>='),
		'',
		'--b--',
	),
	'108 kB html only': message('Content-Type: text/html; charset=utf-8', '', newsletter()),
	'1.5 MB base64': message(
		'Content-Type: multipart/mixed; boundary=b',
		'',
		'--b',
		'',
		plainLine,
		'--b',
		'Content-Type: application/pdf; name=a.pdf',
		'Content-Disposition: attachment; filename=a.pdf',
		'Content-Transfer-Encoding: base64',
		'',
		...Array(20_000).fill('QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWkFCQ0RF'),
		'--b--',
	),
};

const reader = (options) => {
	// Not by its name, which TypeScript would look for before anything is built.
	const { readMessage } = require(join(projectRoot, 'dist/sync/mime/readMessage.js'));
	return (source) =>
		readMessage({ uid: 1, flags: [], size: source.length, source }, { headers: [], attachmentContent: false, ...options });
};
/** Each gives a function that reads one message; undefined when its package is not installed. */
const contenders = {
	'this package, metadata': () => reader({ level: 'metadata' }),
	'this package, content': () => reader({ level: 'content' }),
	'this package, content and files': () => reader({ level: 'content', attachmentContent: { names: [], types: [] } }),
	'mailparser simpleParser, defaults': () => require('mailparser').simpleParser,
	'mailparser simpleParser, skip options': () => (source) => require('mailparser').simpleParser(source, skipOptions),
	'mailparser simpleParser, skip options and text': () => (source) => require('mailparser').simpleParser(source, withText),
	'postal-mime': () => {
		try {
			/** @type {any} */
			const loaded = require('postal-mime');
			const PostalMime = loaded.default ?? loaded;
			return (source) => PostalMime.parse(source);
		} catch {
			return undefined;
		}
	},
};

async function measure(read, source, seconds) {
	const until = performance.now() + seconds * 1000;
	const start = performance.now();
	let count = 0;
	do {
		await read(source);
		count++;
	} while (performance.now() < until);
	return (count / (performance.now() - start)) * 1000;
}

if (process.argv[2] === '--contender') {
	const read = contenders[process.argv[3]]();
	process.on('message', async ({ name, seconds }) => {
		process.send?.(
			read ? { rate: await measure(read, messages[name], seconds), peak: process.resourceUsage().maxRSS / 1024 } : {},
		);
	});
} else {
	const seconds = Number(process.argv[2] ?? 1);
	const rounds = 5;
	const children = Object.keys(contenders).map((name) => ({
		name,
		child: fork(fileURLToPath(import.meta.url), ['--contender', name]),
		best: {},
		/**
		 * milliseconds for one newsletter, of each round
		 * @type {number[]}
		 */
		newsletter: [],
		peak: 0,
	}));
	for (const { name, child } of children) {
		child.once('exit', () => {
			console.error(`${name} ended early`);
			process.exit(1);
		});
	}
	const ask = (child, question) =>
		new Promise((resolve) => {
			child.once('message', resolve);
			child.send(question);
		});
	const newsletters = '108 kB html only';
	for (const name of Object.keys(messages)) {
		// The first round warms up and does not count.
		for (let round = 0; round <= rounds; round++) {
			for (const contender of children) {
				const { rate, peak } = await ask(contender.child, { name, seconds: round === 0 ? seconds / 2 : seconds / rounds });
				if (round > 0 && rate) contender.best[name] = Math.max(contender.best[name] ?? 0, rate);
				if (round > 0 && rate && name === newsletters) contender.newsletter.push(1000 / rate);
				contender.peak = Math.max(contender.peak, peak ?? 0);
			}
		}
	}
	for (const { child } of children) child.removeAllListeners('exit').kill();
	console.log(`Node ${process.version}; messages a second (best of ${rounds} rounds), peak memory of the process in MB\n`);
	console.table(
		Object.fromEntries(
			children.map(({ name, best, peak }) => [
				name,
				{
					...Object.fromEntries(
						Object.keys(messages).map((size) => [size, best[size] ? Math.round(best[size]) : 'not installed']),
					),
					'peak MB': Math.round(peak),
				},
			]),
		),
	);
	const bestOf = (name) => children.find((child) => child.name === name)?.best ?? {};
	const ours = bestOf('this package, content and files');
	const theirs = bestOf('mailparser simpleParser, skip options');
	const slower = ['2 kB text', '32 kB quoted-printable'].filter((name) => ours[name] < theirs[name]);
	const withTexts = 'mailparser simpleParser, skip options and text';
	if (ours[newsletters] < bestOf(withTexts)[newsletters]) slower.push(newsletters);
	const median = (name) => {
		const sorted = [...(children.find((child) => child.name === name)?.newsletter ?? [])].sort((one, other) => one - other);
		return sorted[sorted.length >> 1]?.toFixed(1);
	};
	console.log(
		`${newsletters}, the middle of ${rounds} rounds in turns: ${median('this package, content and files')} ms; ${withTexts}: ${median(withTexts)} ms`,
	);
	console.log(
		slower.length > 0
			? `Slower than mailparser on: ${slower.join(', ')}`
			: 'Not slower than mailparser: with its skip options on small messages, with text on html.',
	);
	process.exitCode = slower.length > 0 ? 1 : 0;
}
