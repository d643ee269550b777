import { parentPort } from 'node:worker_threads';
import { SyncError } from '../errors/syncError';
import { mapMessage, type MappedMessage } from './mapMessage';
import type { ReadingTask, ThreadMessage } from './readingTask';

/**
 * What runs in a thread of readingThreads.ts: it reads one message after the other, and knows nothing but them. Loaded by its path.
 */

const port = parentPort;
port?.on('message', ({ message, options }: ReadingTask) => {
	try {
		const mapped = mapMessage(withBuffers(message), options);
		post({ kind: 'mapped', mapped }, moved(mapped));
	} catch (error) {
		if (error instanceof SyncError) post({ kind: 'refused', code: error.code, data: error.data });
		else post({ kind: 'broken', name: error instanceof Error ? error.name : 'unknown' });
	}
});
post({ kind: 'ready' });

function post(message: ThreadMessage, transfer: ArrayBuffer[] = []): void {
	port?.postMessage(message, transfer);
}

/** Bytes arrive as arrays without Node's methods. */
function withBuffers({ source, header, parts, ...known }: ReadingTask['message']): Parameters<typeof mapMessage>[0] {
	return {
		...known,
		...(source && { source: bufferOf(source) }),
		...(header && { header: bufferOf(header) }),
		...(parts && { parts: new Map([...parts].map(([part, bytes]) => [part, bufferOf(bytes)])) }),
	};
}

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);

/** Gives each file bytes of its own, which are handed over without a copy: a part of the message would take the whole along. */
function moved({ read }: MappedMessage): ArrayBuffer[] {
	return read.attachments.flatMap((attachment) => {
		if (attachment.content === undefined) return [];
		const bytes = new Uint8Array(attachment.content);
		attachment.content = bytes as Buffer;
		return [bytes.buffer];
	});
}
