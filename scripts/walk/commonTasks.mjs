/**
 * The commonest tasks, done with this package and with n8n's Gmail nodes. Both begin in the same place and have their credential already.
 *
 * @typedef {import('./Person.mjs').Person} Person
 * @typedef {{ trigger: string, action: string, message: (person: Person) => Promise<void> }} Side
 */

/** How each side is found, and how it is told which message is meant. */
const sides = {
	imap: { search: 'imap', started: 'On new message' },
	gmail: { search: 'gmail', started: 'On message received' },
};

const gmailMessageId = async (person) => {
	// People drag the id here or write an expression: one field in both cases.
	await person.fill(person.parameter('messageId').locator('input'), '190f4c1b2a3d4e5f');
};

/** @type {Array<{ title: string, imap: (person: Person) => Promise<void>, gmail: (person: Person) => Promise<void> }>} */
const tasks = [
	{
		title: 'Start with every new message',
		imap: async (person) => addTrigger(person, sides.imap),
		gmail: async (person) => addTrigger(person, sides.gmail),
	},
	{
		title: 'Start with unread messages only, with attachments as files',
		imap: async (person) => {
			await addTrigger(person, sides.imap);
			await person.choose('readStatus', 'Unread Messages Only');
			await person.click(person.parameter('downloadAttachments').locator('.el-switch'));
		},
		gmail: async (person) => {
			await addTrigger(person, sides.gmail);
			await person.add('Filters', 'Read Status');
			await person.click(person.parameter('simple').locator('.el-switch'));
			await person.add('Options', 'Download Attachments');
			await person.click(person.parameter('downloadAttachments').locator('.el-switch'));
		},
	},
	{
		title: 'Find the messages of a sender since a week ago',
		imap: async (person) => {
			await addAction(person, sides.imap, 'Get many messages');
			await person.add('Search', 'From');
			await person.fill(person.parameter('from').locator('input'), 'zoe@example.com');
			await person.add('Search', 'Received in the Last (Days)');
			await person.fill(person.parameter('lastDays').locator('input'), '7');
		},
		gmail: async (person) => {
			await addAction(person, sides.gmail, 'Get many messages');
			await person.add('Filters', 'Sender');
			await person.fill(person.parameter('sender').locator('input'), 'zoe@example.com');
			await person.add('Filters', 'Received After');
			await person.fill(person.parameter('receivedAfter').locator('input'), '2026-01-01');
		},
	},
	{
		title: 'Mark the message of the trigger as read',
		imap: async (person) => addAction(person, sides.imap, 'Mark message as read'),
		gmail: async (person) => {
			await addAction(person, sides.gmail, 'Mark a message as read');
			await gmailMessageId(person);
		},
	},
	{
		title: 'Move the message of the trigger to a folder (Gmail: add a label)',
		imap: async (person) => {
			await addAction(person, sides.imap, 'Move message to folder');
			await person.click(person.parameter('toFolder').locator('input').last());
			await person.click(person.testId('rlc-item').filter({ hasText: 'Support' }).first());
		},
		gmail: async (person) => {
			await addAction(person, sides.gmail, 'Add label to message');
			await gmailMessageId(person);
			await person.choose('labelIds', 'Support');
		},
	},
];

/**
 * @param {Person} person
 * @param {{ startOfTrigger: () => Promise<void>, startOfAction: (side: 'imap' | 'gmail') => Promise<void> }} from
 * @returns {Promise<Array<{ title: string, imap: Count, gmail: Count }>>}
 * @typedef {{ clicks: number, fields: number }} Count
 */
export async function countTasks(person, { startOfTrigger, startOfAction }) {
	const counted = [];
	for (const task of tasks) {
		const one = { title: task.title, imap: { clicks: 0, fields: 0 }, gmail: { clicks: 0, fields: 0 } };
		for (const side of /** @type {const} */ (['imap', 'gmail'])) {
			await (task.title.startsWith('Start') ? startOfTrigger() : startOfAction(side));
			one[side] = await person.counted(() => task[side](person));
		}
		counted.push(one);
	}
	return counted;
}

async function addTrigger(person, { search, started }) {
	await person.click(person.testId('canvas-add-button'));
	await chooseInCreator(person, search, started);
}

async function addAction(person, { search }, action) {
	await person.click(person.testId('canvas-handle-plus').first());
	await chooseInCreator(person, search, action);
}

async function chooseInCreator(person, search, entry) {
	await person.search(search);
	await person.click(person.testId('item-iterator-item').first());
	await person.testId('node-creator-category-item').first().waitFor();
	await person.click(
		person
			.testId('item-iterator-item')
			.filter({ hasText: new RegExp(`^\\s*${entry}\\s*$`) })
			.first(),
	);
	await person.testId('ndv').waitFor();
}
