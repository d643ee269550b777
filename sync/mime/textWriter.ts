/** What stands before the lines of a block: a list item has its mark before the first one only. */
interface LinePrefix {
	first: string;
	rest: string;
	isUsed: boolean;
}

/** blocks within each other whose prefixes are written; deeper ones have the prefixes of these */
const mostPrefixes = 50;

/** Writes text as html lays it out: white space collapses, and blocks begin and end lines. */
export class TextWriter {
	private readonly pieces: string[] = [];
	private readonly prefixes: LinePrefix[] = [];
	/** Blocks opened beyond mostPrefixes. */
	private unwritten = 0;
	/** Line ends to write before the next text. */
	private breaks = 0;
	private hasSpace = false;
	private isEmpty = true;
	/** Prefixes that the last line shares with the next one: blank lines between two quoted ones are quoted. */
	private shared = 0;

	/** `count` line ends at least stand between what was written and what comes; none for what is part of a line. */
	block(count: number): void {
		if (count === 0) return;
		if (this.breaks < count) this.breaks = count;
		this.hasSpace = false;
	}

	/** One line end more. */
	lineBreak(): void {
		this.breaks++;
		this.hasSpace = false;
	}

	/** A space, where something stands before and after it on its line. */
	space(): void {
		this.hasSpace = true;
	}

	/** Text whose white space collapses. */
	text(text: string): void {
		const collapsed = text.replace(/[ \t\r\n\f\u200b]+/g, ' ');
		if (collapsed === ' ' || collapsed === '') {
			if (collapsed === ' ') this.hasSpace = true;
			return;
		}
		const begins = collapsed.startsWith(' ');
		const ends = collapsed.endsWith(' ');
		if (begins) this.hasSpace = true;
		this.write(collapsed.slice(begins ? 1 : 0, ends ? -1 : undefined));
		this.hasSpace = ends;
	}

	/** Text whose white space counts. */
	preformatted(text: string): void {
		text.split('\n').forEach((line, at) => {
			if (at > 0) this.lineBreak();
			if (line !== '') this.write(line.replace(/\r/g, ''));
		});
	}

	openPrefix(first: string, rest: string): void {
		if (this.prefixes.length < mostPrefixes) this.prefixes.push({ first, rest, isUsed: false });
		else this.unwritten++;
	}

	closePrefix(): void {
		if (this.unwritten > 0) this.unwritten--;
		else this.prefixes.pop();
		this.shared = Math.min(this.shared, this.prefixes.length);
	}

	toString(): string {
		return this.pieces.join('');
	}

	private write(text: string): void {
		if (this.isEmpty || this.breaks > 0) this.beginLine();
		else if (this.hasSpace) this.pieces.push(' ');
		this.hasSpace = false;
		this.pieces.push(text);
	}

	private beginLine(): void {
		if (!this.isEmpty) {
			const between = this.prefixes
				.slice(0, this.shared)
				.map(({ rest }) => rest)
				.join('')
				.trimEnd();
			this.pieces.push('\n', `${between}\n`.repeat(Math.max(this.breaks - 1, 0)));
		}
		for (const prefix of this.prefixes) {
			this.pieces.push(prefix.isUsed ? prefix.rest : prefix.first);
			prefix.isUsed = true;
		}
		this.shared = this.prefixes.length;
		this.breaks = 0;
		this.isEmpty = false;
	}
}
