const LF = 0x0a;

/** characters; the address of a longer field is not looked for */
const longestSenderField = 2000;

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * The line that begins a message in an mbox (RFC 4155): the sender, as far as the header says, and the date in UTC as asctime()
 * writes it.
 */
export function fromLine(header: string, date: Date): Buffer {
	const fields = header
		.split(/\r?\n\r?\n/, 1)[0]
		.replace(/\r?\n[ \t]+/g, ' ')
		.split(/\r?\n/);
	const sender = addressIn(fields, 'return-path:') ?? addressIn(fields, 'from:') ?? 'MAILER-DAEMON';
	const two = (number: number): string => String(number).padStart(2, '0');
	const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
	const day = `${days[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2, ' ')}`;
	return Buffer.from(`From ${sender.replace(/[^\x21-\x7e]/g, '?')} ${day} ${time} ${date.getUTCFullYear()}\n`, 'latin1');
}

/** The address of a field, in brackets or bare; undefined where there is none of it. */
function addressIn(fields: readonly string[], name: string): string | undefined {
	const field = fields.find((line) => line.slice(0, name.length).toLowerCase() === name);
	if (field === undefined || field.length > longestSenderField) return undefined;
	const value = field.slice(name.length).trim();
	const bracketed = value.slice(value.lastIndexOf('<') + 1).split('>', 1)[0];
	const bare = value.split(/[\s(,]/, 1)[0];
	return [bracketed, bare].find((text) => /^[^<>\s"(),@]+@[^<>\s"(),@]+$/.test(text));
}

const onlyMarks = /^>*$/;

/**
 * Writes messages as an mbox has them, piece by piece, of the kind mboxrd: lines end with LF, and a line that begins with "From ",
 * quoted or not, gets a ">" more, so that reading takes it away again for certain. All else stays byte for byte.
 */
export class MboxMessage {
	/** What may go on as "From " or as a line end with the next piece. */
	private held = '';
	private isLineStart = true;
	/** The line so far is nothing but ">": these go out at once, for it is all the same where in their row the one more stands. */
	private isMarks = true;

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
			before === '' && place === 0 && !this.isMarks ? match : `${before}>${line}`,
		);
		const bytes = Buffer.from(quoted, 'latin1');
		this.isLineStart = bytes[bytes.length - 1] === LF;
		const start = lines.lastIndexOf('\n') + 1;
		this.isMarks = (start > 0 || this.isMarks) && onlyMarks.test(lines.slice(start));
		return bytes;
	}

	/** How many characters at the end have to wait for what follows. */
	private undecided(text: string): number {
		const [end] = /(?:F(?:r(?:om?)?)?|\r)?$/.exec(text.slice(-4)) ?? [''];
		if (end === '' || end === '\r') return end.length;
		const start = text.lastIndexOf('\n') + 1;
		return (start > 0 || this.isMarks) && onlyMarks.test(text.slice(start, -end.length)) ? end.length : 0;
	}
}
