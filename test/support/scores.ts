/** Prints what a test measured, for `npm run scores`; silent in every other run. */
export function printScore(subject: string, text: string): void {
	if (process.env.SCORES) process.stdout.write(`${subject.padEnd(16)} ${text}\n`);
}
