import type { MessageFields } from './fields';

/** How mail programs mark answers and forwarded mail, in the languages they are written in. */
const prefix =
	/^\s*(?:\[[^\]]{1,60}\]\s*){0,3}(?:re|aw|antw|antwort|sv|vs|vl|vb|ref|rif|res|resp|rv|rsp|odp|odpověď|odpoveď|pd|ynt|yan|ilt|απ|σχετ|πρθ|vá|vál|továbbítás|hal|ha|na|r|fw|fwd|wg|tr|enc|i|doorst|fs|vastaus|回复|答复|回覆|回應|答覆|转发|轉寄|转寄|返信|転送|회신|답장|전달|ответ|от|пересл|відповідь|отг|תגובה|השב|העברה|רד|رد|إعادة توجيه|bls|trả lời|balas)(?:\[\d{1,4}\]|\(\d{1,4}\)|\^\d{1,4})?\s?[:：]/iu;

/** How forwarded mail is marked, among the marks of answers. */
const forward =
	/^\s*(?:\[[^\]]{1,60}\]\s*){0,3}(?:fw|fwd|wg|tr|enc|i|doorst|vs|vb|vl|rv|pd|ilt|πρθ|továbbítás|转发|轉寄|转寄|転送|전달|пересл|העברה|إعادة توجيه|bls)(?:\[\d{1,4}\])?\s?[:：]/iu;

/** marks of answers in a row that are taken off: "Re: AW: Re: ..." */
const mostPrefixes = 20;

/** A subject without the marks of answers and forwards before it. */
export function withoutAnswerPrefix(subject: string): string {
	let rest = subject;
	for (let count = 0; count < mostPrefixes; count++) {
		const found = prefix.exec(rest);
		if (!found) break;
		rest = rest.slice(found[0].length);
	}
	return rest;
}

export const isForward = (subject: string): boolean => forward.test(subject);

/** Whether the subject says that the message answers another one. */
export const isMarkedAsAnswer = (subject: string): boolean => prefix.test(subject) && !isForward(subject);

/** Whether the header says that the message answers or forwards another one. */
export function isAnswer({ inReplyTo, references, subject }: MessageFields): boolean {
	return inReplyTo !== undefined || (references ?? []).length > 0 || prefix.test(subject ?? '');
}
