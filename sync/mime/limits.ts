/**
 * What one message may cost. Mail that people write stays far below all of these; what lies above is cut and the result says
 * so (ReadMessage.cut). The numbers follow what servers themselves accept: Dovecot stops at 100 levels and 10,000 parts.
 */
export const mimeLimits = {
	/** bytes of one header block that are read; 1 MiB of recipients is about 20,000 addresses */
	headerBytes: 1024 * 1024,
	/** bytes of one header block that are looked through, behind `headerBytes` for the fields that matter only */
	scannedHeaderBytes: 16 * 1024 * 1024,
	/** bytes of a field that begins behind `headerBytes` */
	lateFieldBytes: 64 * 1024,
	/** header fields of one block */
	headerFields: 10_000,
	/** bytes of one header field */
	fieldBytes: 512 * 1024,
	/** MIME parts of one message */
	parts: 1_000,
	/** multiparts inside each other */
	nesting: 50,
	/** addresses of one field */
	addresses: 10_000,
	/** message ids in References */
	references: 1_000,
	/** characters of text and of html, each */
	textLength: 10 * 1024 * 1024,
	/** characters of html that are turned into text */
	htmlToTextLength: 1024 * 1024,
	/** characters of text in which the reply is looked for */
	replyTextLength: 1024 * 1024,
	/** elements inside each other when html is turned into text; browsers stop at 512 */
	htmlNesting: 512,
	/** elements of html that are turned into text, or made safe: a long newsletter has 5,000 */
	htmlElements: 50_000,
	/** what these elements weigh, each by its depth */
	htmlWeight: 2_000_000,
	/** bytes of a message that is read in one go, beside all else that a process does: what is larger is read in another thread */
	quickBytes: 32 * 1024,
	/** of CPU, for reading all of it, and once more without the texts when that took too long */
	milliseconds: { whole: 750, withoutTexts: 250 },
} as const;
