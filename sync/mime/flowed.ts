/**
 * Paragraphs of format=flowed text (RFC 3676): a line that ends in a space goes on in the next one of the same quote depth.
 * With `delSp` that space is not part of the text. Lines end in \n.
 */
export function decodeFlowed(text: string, delSp: boolean): string {
	const paragraphs: string[] = [];
	let open: { depth: number; pieces: string[] } | undefined;
	const close = () => {
		if (open) paragraphs.push((open.depth > 0 ? `${'>'.repeat(open.depth)} ` : '') + open.pieces.join(''));
		open = undefined;
	};
	for (const line of text.split('\n')) {
		const depth = /^>*/.exec(line)![0].length;
		// Section 4.4: a space in front protects lines that would look like a quote or an mbox "From ".
		const content = line[depth] === ' ' ? line.slice(depth + 1) : line.slice(depth);
		if (open && open.depth !== depth) close();
		// Section 4.3: the signature separator ends in a space and yet does not go on.
		const isSignatureMark = content === '-- ';
		if (isSignatureMark) close();
		const goesOn = content.endsWith(' ') && !isSignatureMark;
		open ??= { depth, pieces: [] };
		open.pieces.push(goesOn && delSp ? content.slice(0, -1) : content);
		if (!goesOn) close();
	}
	close();
	return paragraphs.join('\n');
}
