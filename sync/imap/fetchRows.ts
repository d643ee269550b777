import type { FetchQueryObject, ImapFlow } from 'imapflow';
import type { ContentParts } from '../server/message';
import type { UidSet } from '../uids/uidSet';
import { fetchRow, itemsOf, type FetchRow, type Offered } from './fetchRow';
import { openPipeline, type Handlers, type Pipeline } from './pipeline';

/** One FETCH. */
export interface Fetch {
	uids: UidSet;
	query: FetchQueryObject;
	/** Comes with the descriptors that the query asks for, as far as it is small; left out where imapflow has to send it. */
	contents?: ContentParts;
	/** Only messages that changed since this mod-sequence. */
	changedSince?: bigint;
}

/** A row that waits for its reader; the server's answer is read on when it was taken. */
interface Waiting {
	row: FetchRow;
	taken(): void;
}

/**
 * The rows of some FETCHes, all sent at once, as they come: each says by its UID what it is about. Throws imapflow's errors, after the
 * rows. Left early, the connection is to be torn down. Where imapflow is not built as it was, it sends them itself, one after the other.
 */
export async function* fetchRows(client: ImapFlow, fetches: readonly Fetch[], offered: Offered): AsyncGenerator<FetchRow> {
	const pipeline = client.mailbox ? openPipeline(client) : undefined;
	if (pipeline) {
		yield* pipelined(pipeline, fetches, offered, client.enabled.has('UTF8=ACCEPT'));
		return;
	}
	for (const { uids, query, changedSince } of fetches)
		yield* client.fetch(uids.toString(), query, { uid: true, ...(changedSince === undefined ? {} : { changedSince }) });
}

async function* pipelined(
	pipeline: Pipeline,
	fetches: readonly Fetch[],
	offered: Offered,
	utf8: boolean,
): AsyncGenerator<FetchRow> {
	const rows: Waiting[] = [];
	let failures: unknown[] | undefined;
	let wake = (): void => undefined;
	const handlers: Handlers = {
		FETCH: async (untagged) => {
			const row = fetchRow(untagged, utf8);
			await new Promise<void>((taken) => {
				rows.push({ row, taken });
				wake();
			});
		},
	};
	const answers = fetches.map(async ({ uids, query, contents, changedSince }) => {
		const since = changedSince === undefined ? '' : ` (CHANGEDSINCE ${changedSince})`;
		await pipeline.send({ name: 'UID FETCH', rest: `${uids} ${itemsOf(query, offered, contents)}${since}` }, handlers);
	});
	void Promise.allSettled(answers).then((outcomes) => {
		failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
		wake();
	});
	try {
		for (;;) {
			const next = rows[0];
			if (next) {
				yield next.row;
				rows.shift();
				next.taken();
			} else if (failures) break;
			else
				await new Promise<void>((resolve) => {
					wake = resolve;
				});
		}
		// What ended the connection says more than that a server refused.
		if (failures.length > 0) throw failures.find((failure) => !isAnswer(failure)) ?? failures[0];
	} finally {
		for (const { taken } of rows) taken();
		pipeline.end();
	}
}

/** The server refused the command, so it has dealt with it. */
export const isAnswer = (failure: unknown): boolean =>
	(failure as { responseStatus?: unknown } | null)?.responseStatus !== undefined;
