/** What Outlook packs into winmail.dat. */
export interface TnefContents {
	files: TnefFile[];
	subject?: string;
	/** The body: html where Outlook kept one, and text. */
	html?: string;
	text?: string;
}

/** A file inside winmail.dat. */
export interface TnefFile {
	fileName: string;
	mimeType?: string;
	contentId?: string;
	content: Buffer;
}
