import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type * as yazl from 'yazl';

/** Loaded by the first archive, not with the node. */
// eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it with this file
const zipFile = (): typeof yazl.ZipFile => (require('yazl') as typeof yazl).ZipFile;

/** A zip that is written while its parts arrive; nothing but its table of contents is held. */
export class ZipWriting {
	private readonly zip = new (zipFile())();
	private readonly failed: Promise<never>;

	constructor() {
		this.failed = new Promise((_resolve, reject) => {
			this.zip.on('error', (error: unknown) => {
				reject(error);
				this.fail(error);
			});
		});
		// Whoever adds a file hears of it; nobody may be there to.
		this.failed.catch(() => undefined);
	}

	/** The bytes of the zip. Has to be read for anything to go on. */
	get output(): Readable {
		return this.zip.outputStream as Readable;
	}

	/** Adds a file; resolves when its bytes have been taken. */
	async add(name: string, pieces: AsyncIterable<Buffer> | Iterable<Buffer>, date: Date): Promise<void> {
		const input = Readable.from(pieces, { objectMode: false });
		// Not by `size`: a server that reports a wrong one would spoil the whole file.
		this.zip.addReadStream(input, name, { mtime: inRange(date), compress: true });
		await Promise.race([finished(input), this.failed]);
	}

	/** Ends the zip; `output` ends when all is read. */
	end(): void {
		this.zip.end();
	}

	/** Ends `output` with an error. */
	fail(error: unknown): void {
		this.output.destroy(error instanceof Error ? error : new Error(String(error)));
	}
}

/** A zip knows the years 1980 to 2107 only. */
function inRange(date: Date): Date {
	return new Date(Math.min(Math.max(date.getTime(), Date.UTC(1980, 0, 2)), Date.UTC(2107, 11, 30)));
}
