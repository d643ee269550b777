/** What sync/imap would find in an imapflow that had renamed everything it does not promise. To be imported before all else. */
jest.mock('../../sync/imap/internals', (): Record<keyof typeof import('../../sync/imap/internals'), unknown> => ({
	askListForLittle: () => undefined,
	hasRefusedListStatus: () => false,
	skipListBeforeOpen: () => undefined,
	onFolderClosed: () => undefined,
	onVanished: () => undefined,
	writeNames: () => undefined,
	onReceived: () => ({ limit: () => undefined }),
	onResponseCode: () => undefined,
	socketOf: () => undefined,
	unselect: async () => false,
	forgetFolder: () => undefined,
	keepFirstBytes: () => () => '',
	keepRights: () => ({ take: () => undefined }),
	keepRefusals: () => ({ take: () => undefined }),
	withSubscriptions: async (_client: unknown, list: () => Promise<unknown>) => await list(),
	neverWaitWhenThrottled: () => ({ hintMs: () => undefined, reset: () => undefined }),
	onUnaskedStatus: () => false,
	sendRaw: async () => undefined,
	endIdle: async (client: { noop(): Promise<void> }) => await client.noop(),
}));

jest.mock('../../sync/imap/pipeline', (): Partial<typeof import('../../sync/imap/pipeline')> => ({
	openPipeline: () => undefined,
}));
