/** A message of a history: whatever folder it is copied or moved to, it stays this letter. */
export interface Letter {
	/** In the header `X-History` and in the Message-ID; all of one length. */
	name: string;
	source: string;
	subject: string;
	/** Absent from scans, which look alike: no Message-ID, the same size, the same second. */
	messageId?: string;
	/** When it was received, where it is not the moment of its delivery. */
	internalDate?: Date;
	/** Ends or stalls the connection when it is read, or is not returned: see {@link Link}. */
	isDamaged: boolean;
}

export type LetterKind = 'made' | 'other' | 'scan' | 'damaged';

/** Sizes that no other letter has: by them a proxy knows a damaged one. */
export const damagedSize = /7\d\d\d/;

/** Writes letters, each under a name of its own. */
export class Letters {
	private readonly written = new Map<string, Letter>();

	/** How many there are. */
	get count(): number {
		return this.written.size;
	}

	write(kind: LetterKind, internalDate?: Date): Letter {
		const name = `${kind}${String(this.written.size).padStart(5, '0')}`;
		const messageId = kind === 'scan' ? undefined : `<${name}@example.com>`;
		const header = [...(messageId ? [`Message-ID: ${messageId}`] : []), `Subject: ${kind} ${name}`, `X-History: ${name}`];
		const body = kind === 'damaged' ? `${'z'.repeat(70)}\r\n`.repeat(101) : 'hello\r\n';
		const letter = {
			name,
			source: `${header.join('\r\n')}\r\n\r\n${body}`,
			subject: `${kind} ${name}`,
			messageId,
			internalDate,
			isDamaged: kind === 'damaged',
		};
		this.written.set(name, letter);
		return letter;
	}

	named(name: string): Letter {
		const letter = this.written.get(name);
		if (!letter) throw new Error(`nobody wrote the letter ${name}`);
		return letter;
	}
}
