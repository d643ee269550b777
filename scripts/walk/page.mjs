const round = (seconds) => (seconds < 10 ? seconds.toFixed(1) : String(Math.round(seconds)));

function tableOfSteps(steps) {
	const sum = (key) => steps.reduce((total, step) => total + step[key], 0);
	const rows = steps.map(({ title, clicks, fields, seconds }) => `| ${title} | ${clicks} | ${fields} | ${round(seconds)} |`);
	return [
		'| Step | Clicks | Fields | Seconds |',
		'|---|---|---|---|',
		...rows,
		`| **All** | ${sum('clicks')} | ${sum('fields')} | ${round(sum('seconds'))} |`,
	].join('\n');
}

function tableOfTasks(tasks) {
	const rows = tasks.map(
		({ title, imap, gmail }) => `| ${title} | ${imap.clicks} + ${imap.fields} | ${gmail.clicks} + ${gmail.fields} |`,
	);
	return ['| Task | IMAP Sync | Gmail |', '|---|---|---|', ...rows].join('\n');
}

/** docs/first-hour.md, with what was counted. */
export function pageOfWalk({ ready, byHand, seen, tasks, machine }) {
	return `# The first hour

\`npm run walk\` writes this page. It drives a real n8n in Chromium, from an n8n that has never been started to the first ticket, and counts
what a person does. The seconds are those of a script that neither reads nor thinks, on a machine with
${machine}: they say how long n8n and the mail server keep a person waiting. Installing the package comes before: see [Install](../README.md#install).

## With a workflow that is ready

The workflow is [First Tickets](../workflows/first-tickets/README.md), which needs one credential.

${tableOfSteps(ready)}

The mailbox of the walk is on the same machine: with a provider from the list, *Host*, *Port* and *Security* are filled in, and *Provider* is
chosen instead.

## With a trigger of one's own

${tableOfSteps(byHand)}

- What n8n finds for "imap", in this order: ${seen.entries
		.slice(0, 3)
		.map((name) => `"${name}"`)
		.join(', ')}.
- The triggers of the first entry: ${seen.events
		.slice(0, 4)
		.map((name) => `"${name}"`)
		.join(', ')}, and ${seen.events.length - 4} more.
- The table view of the message begins with ${seen.columns
		.slice(0, 4)
		.map((name) => `\`${name.trim()}\``)
		.join(', ')}.

## The commonest tasks beside the Gmail nodes

Clicks + fields, from the same place in the editor, with the credential already there.

${tableOfTasks(tasks)}

*Received in the Last (Days)* stays right from day to day, while Gmail's "Received After" is a fixed date until it is an expression.

## What surprised, and what was done

| What surprised | What was done |
|---|---|
| The smallest ready-made workflow for tickets wanted four credentials and a database | **First Tickets** needs the mailbox only, and writes into a data table of n8n |
| The pages said **Import from File**; in n8n it is **Import → From file**, in the menu **⋯** of a workflow | The pages say so |
| The notice in the credential named a field *Authentication*, which n8n shows at the top right of the dialog, without a name | The notice and [credentials](credentials.md) name both places |
| *Done When*, which few change, came first in the push trigger | It comes last, before *Options* |
| The list of actions read as it is meant for models: "Mark a message as read (changes the mailbox)" | People see "Mark message as read"; models are still told what changes the mailbox |
| A node that was added got such a sentence for its name | It is called *IMAP Sync*, and n8n shows the operation below |
`;
}
