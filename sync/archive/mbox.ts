const LF = 0x0a;
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * The line that begins a message in an mbox (RFC 4155): the sender, as far as the header says, and the date in UTC as asctime()
 * writes it.
 */
export function fromLine(header: string, date: Date): Buffer {
	const unfolded = header.split(/\r?\n\r?\n/, 1)[0].replace(/\r?\n[ \t]+/g, ' ');
	const sender =
		/^Return-Path:[ \t]*<([^<>\s]+)>/im.exec(unfolded)?.[1] ??
		/^From:.*?<([^<>\s]+@[^<>\s]+)>/im.exec(unfolded)?.[1] ??
		/^From:[ \t]*([^<>\s"(),]+@[^<>\s"(),]+)/im.exec(unfolded)?.[1] ??
		'MAILER-DAEMON';
	const two = (number: number): string => String(number).padStart(2, '0');
	const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
	const day = `${days[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2, ' ')}`;
	return Buffer.from(`From ${sender.replace(/[^\x21-\x7e]/g, '?')} ${day} ${time} ${date.getUTCFullYear()}\n`, 'latin1');
}

/**
 * Writes messages as an mbox has them, piece by piece, of the kind mboxrd: lines end with LF, and a line that begins with "From ",
 * quoted or not, gets a ">" more, so that reading takes it away again for certain. All else stays byte for byte.
 */
export class MboxMessage {
	/** What may go on as "From " or as a line end with the next piece. */
	private held = '';
	private isLineStart = true;

	/** The next piece of the message, as far as it can be written. */
	push(piece: Buffer): Buffer {
		const text = this.held + piece.toString('latin1');
		const keep = this.undecided(text);
		this.held = text.slice(text.length - keep);
		return this.write(text.slice(0, text.length - keep));
	}

	/** The rest, with the empty line that ends a message. */
	end(): Buffer {
		const rest = this.write(this.held);
		this.held = '';
		return Buffer.concat([rest, Buffer.from(this.isLineStart ? '\n' : '\n\n')]);
	}

	private write(text: string): Buffer {
		if (text === '') return Buffer.alloc(0);
		const lines = text.replace(/\r\n/g, '\n');
		const quoted = lines.replace(/(^|\n)(>*From )/g, (match: string, before: string, line: string, place: number) =>
			before === '' && place === 0 && !this.isLineStart ? match : `${before}>${line}`,
		);
		const bytes = Buffer.from(quoted, 'latin1');
		this.isLineStart = bytes[bytes.length - 1] === LF;
		return bytes;
	}

	/** How many characters at the end have to wait for what follows. */
	private undecided(text: string): number {
		const start = text.lastIndexOf('\n') + 1;
		const line = text.slice(start);
		if ((start > 0 || this.isLineStart) && /^>*(?:F(?:r(?:o(?:m)?)?)?)?\r?$/.test(line)) return line.length;
		return text.endsWith('\r') ? 1 : 0;
	}
}
