import { ImportedWorkflow, loginTo, type WorkflowTests } from '../../support/n8n/ImportedWorkflow';
import { Sink } from '../../support/sink';

export const tests: WorkflowTests = (place) => {
	let chat: Sink;
	beforeAll(async () => {
		chat = await Sink.start();
	});
	afterAll(async () => {
		await chat?.stop();
	});

	it('notifies of important mail at once, and of the rest in one list, once', async () => {
		const { n8n, dovecot } = place();
		const user = dovecot.newUser();
		await dovecot.createFolder(user, 'INBOX').catch(() => undefined);
		const workflow = await ImportedWorkflow.import(n8n, 'notification-digest', {
			credentials: { imapSyncApi: loginTo(place(), user) },
			changed: { 'Notify Now': { url: chat.url }, 'Send Digest': { url: chat.url } },
		});
		const posted = (): string[] => chat.deliveries.map((delivery) => (delivery as unknown as { text: string }).text);
		await workflow.publish();

		const important = [
			'From: Boss <boss@example.com>\r\nSubject: Lunch?\r\n\r\nNow?\r\n',
			'From: it@shop.example\r\nSubject: Outage of the shop\r\n\r\nIt is down.\r\n',
			'From: a@shop.example\r\nSubject: Contract\r\nImportance: High\r\n\r\nPlease sign.\r\n',
		];
		const rest = [
			'From: b@shop.example\r\nSubject: Minutes\r\n\r\nSee below.\r\n',
			'From: news@bank.example\r\nSubject: Urgent news\r\nList-Id: <news.bank.example>\r\n\r\nBuy!\r\n',
		];
		await dovecot.appendMany(user, 'INBOX', [...important, ...rest]);
		await workflow.poll();
		await workflow.until(async () => (await workflow.itemsOf('Keep for the Digest')).length === 2, 'the rest to wait');
		expect(posted()).toEqual([
			'Boss <boss@example.com>: Lunch?',
			expect.stringMatching(/Outage/),
			expect.stringMatching(/Contract/),
		]);

		await workflow.runManually('Every Day at 17:00');
		expect(posted().slice(3)).toEqual(['- b@shop.example: Minutes\n- news@bank.example: Urgent news']);
		// Nothing waits any more, so there is no second digest.
		await workflow.runManually('Every Day at 17:00');
		expect(posted()).toHaveLength(4);
		await workflow.unpublish();
	});
};
