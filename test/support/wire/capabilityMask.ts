/**
 * Makes a rich server look poorer: takes capabilities out of what it announces, and with them the answers that a server without them
 * would not give. `COMPRESS` also stands for `COMPRESS=DEFLATE`.
 */
export class CapabilityMask {
	private readonly names: string[];

	constructor(names: string[]) {
		this.names = names.map((name) => name.toUpperCase());
	}

	hides(capability: string): boolean {
		const name = capability.toUpperCase();
		return this.names.some((masked) => name === masked || name.startsWith(`${masked}=`));
	}

	/** A complete line of the server, or null when the poorer server would not have sent it. */
	serverLine(line: string): string | null {
		if (this.names.length === 0) return line;
		const announced = /^(\* (?:CAPABILITY|ENABLED)|(?:\*|\S+) OK \[CAPABILITY)((?: [^\]\s]+)*)(.*)$/i.exec(line);
		if (announced) return announced[1] + this.keep(announced[2]) + announced[3];
		if (this.hides('CONDSTORE') && /^\* OK \[(HIGHESTMODSEQ|NOMODSEQ)\b/i.test(line)) return null;
		if (this.hides('CONDSTORE')) line = line.replace(/^(\S+ OK )\[HIGHESTMODSEQ \d+\] /i, '$1');
		if (this.hides('UIDPLUS')) line = line.replace(/^((?:\*|\S+) OK )\[(?:APPENDUID|COPYUID) [^\]]*\] /i, '$1');
		return line;
	}

	/** A command line of the client: what it enables in spite of the mask does not reach the server. */
	clientLine(line: string): string {
		const enable = /^(\S+) ENABLE((?: \S+)+)$/i.exec(line);
		if (!enable) return line;
		const kept = this.keep(enable[2]);
		return kept === '' ? `${enable[1]} NOOP` : `${enable[1]} ENABLE${kept}`;
	}

	private keep(words: string): string {
		return words
			.split(' ')
			.filter((word) => word !== '' && !this.hides(word))
			.map((word) => ` ${word}`)
			.join('');
	}
}
