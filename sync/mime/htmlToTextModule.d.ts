/** What is used here of html-to-text 10, which comes without types. */
declare module 'html-to-text' {
	export interface HtmlToTextOptions {
		wordwrap: number | false;
		selectors?: Array<{ selector: string; format?: string; options?: Record<string, unknown> }>;
		limits?: { maxInputLength?: number; maxDepth?: number; maxChildNodes?: number; ellipsis?: string };
	}
	export function compile(options: HtmlToTextOptions): (html: string) => string;
}
