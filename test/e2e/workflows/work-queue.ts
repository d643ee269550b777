import { mail } from '../../support/mail';
import { ImportedWorkflow, loginTo, type WorkflowTests } from '../../support/n8n/ImportedWorkflow';
import { Sink } from '../../support/sink';

export const tests: WorkflowTests = (place) => {
	let sink: Sink | undefined;
	afterAll(async () => await sink?.stop());

	it('moves a job when it is done, tries it again when it fails, and puts it to the dead letters when it goes on failing', async () => {
		const { n8n, dovecot } = place();
		sink = await Sink.start();
		sink.refuses = ({ subject, attempt }) => subject === 'bad' || (subject === 'later' && attempt === 1);
		const user = dovecot.newUser();
		await dovecot.createFolder(user, 'Queue');
		const workflow = await ImportedWorkflow.import(n8n, 'work-queue', {
			credentials: { imapSyncApi: loginTo(place(), user) },
			changed: { 'Do the Work': { url: sink.url } },
			options: { 'IMAP Push Trigger': { maxAttempts: 2, retryAfter: 0.02 } },
		});
		await dovecot.append(user, 'Queue', mail('good'));
		await workflow.publish();
		for (const subject of ['later', 'bad']) await dovecot.append(user, 'Queue', mail(subject));
		const inFolder = async (folder: string): Promise<string[]> =>
			(await dovecot.fetchAll(user, folder)).map(({ messageId }) => messageId.replace(/[<>]|@.*/g, '')).sort();
		await workflow.until(async () => (await inFolder('Queue')).length === 0, 'the queue to be empty');
		expect(await inFolder('Queue done')).toEqual(['good', 'later']);
		expect(await inFolder('Queue dead letters')).toEqual(['bad']);
		const attempts = sink.deliveries.map(({ subject, attempt }) => `${subject} ${attempt}`).sort();
		expect(attempts).toEqual(['bad 1', 'bad 2', 'good 1', 'later 1', 'later 2']);
		await workflow.until(async () => (await workflow.itemsOf('Tell Somebody')).length > 0, 'the message about the dead letter');
		expect(await workflow.itemsOf('Tell Somebody')).toMatchObject([{ event: 'messageFailed', folder: 'Queue' }]);

		// Somebody mended what was wrong, and puts the dead letter back.
		sink.refuses = () => false;
		await dovecot.move(user, 'Queue dead letters', [1], 'Queue');
		await workflow.until(async () => (await inFolder('Queue done')).includes('bad'), 'the job that was put back');
		await workflow.unpublish();
	});
};
