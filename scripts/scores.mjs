/**
 * `npm run scores`: how well mail is understood, in numbers: the tests that measure it print what they measured. Writes docs/scores.md.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');

/** Each test with what it prints, and what that means. */
const measured = [
	[
		'replies',
		['replyText'],
		'What the sender wrote himself, in answers of mail programs. A word of his may be lost, or history kept.',
	],
	['bounces', ['bounces'], 'Reports of failed and late deliveries: recipients, status, and whether it failed.'],
	['dates', ['dates'], 'Date fields in words of other languages.'],
	[
		'conversations',
		['conversations'],
		'Messages that belong together, mixed: rewritten ids, copies, forwards, aliases, ticket systems.',
	],
	[
		'loopRisk',
		['loops', 'people'],
		'A workflow that answers every mail whose `loopRisk` is not high: how many answers a program gets, and a person.',
	],
];

const files = measured.map(([name]) => `test/mime/${name}.test.ts`);
const { status, stdout } = spawnSync(
	process.execPath,
	[jest, '--selectProjects', 'unit', '--silent', '--runInBand', '--runTestsByPath', ...files],
	{ cwd: root, encoding: 'utf8', stdio: ['inherit', 'pipe', 'inherit'], env: { ...process.env, SCORES: '1' } },
);
const subjects = new Set(measured.flatMap(([, names]) => names));
const lines = stdout.split('\n').filter((line) => subjects.has(line.split(' ')[0]));
console.log(lines.join('\n'));
if (status === 0) writeFileSync(`${root}docs/scores.md`, page());
process.exitCode = status ?? 1;

function page() {
	const sections = measured.map(([, names, meaning]) => {
		const own = lines.filter((line) => names.includes(line.split(' ')[0]));
		return `## ${names[0]}\n\n${meaning}\n\n\`\`\`\n${own.map((line) => line.trimEnd()).join('\n')}\n\`\`\`\n`;
	});
	return `# How well mail is understood

\`npm run scores\` writes this page, from the tests that measure it. The mail was made for them (\`test/support/replies/\`,
\`test/support/bounces.ts\` and their neighbours), in the forms that programs are known to write; it was not collected, and what it
showed to be wrong was mended. So the numbers say which forms are understood, and not how often real mail has another one.

${sections.join('\n')}`;
}
