const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * Whether bytes are as many as the server announced (RFC822.SIZE, the octets of BODYSTRUCTURE). Servers that keep mail with line
 * feeds alone count them so and send CRLF, or the other way round: that is exact too.
 */
export function isAsAnnounced(bytes: Buffer, announced: number): boolean {
	if (bytes.length === announced) return true;
	if (bytes.length === 0) return false;
	let lineFeeds = 0;
	let bare = 0;
	for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) {
		lineFeeds++;
		if (bytes[at - 1] !== CARRIAGE_RETURN) bare++;
	}
	return announced === bytes.length + bare || announced === bytes.length - (lineFeeds - bare);
}

/** The longest header that is searched for a boundary. */
const LONGEST_HEADER = 256 * 1024;

/** Whether a message ends where it says that it ends: at the closing boundary of its outermost multipart (RFC 2046 section 5.1). */
export function closesItself(source: Buffer): boolean {
	const text = source.subarray(0, LONGEST_HEADER).toString('latin1');
	const end = text.search(/\r?\n\r?\n/);
	const header = (end < 0 ? text : text.slice(0, end)).replace(/\r?\n(?=[ \t])/g, '');
	const contentType = /^content-type[ \t]*:[ \t]*multipart\/.*$/im.exec(header)?.[0] ?? '';
	const [, quoted, bare] = /;[ \t]*boundary[ \t]*=[ \t]*(?:"([^"]*)"|([^\s;"]+))/i.exec(contentType) ?? [];
	const boundary = quoted ?? bare;
	return boundary !== undefined && boundary !== '' && source.includes(Buffer.from(`\n--${boundary}--`, 'latin1'));
}
