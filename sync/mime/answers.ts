import type { MessageFields } from './fields';

/** How mail programs mark answers and forwarded mail, in the languages they are written in. */
const prefix =
	/^\s*(?:\[[^\]]{1,60}\]\s*){0,3}(?:re|aw|antw|antwort|sv|vs|vl|vb|ref|rif|res|resp|rv|rsp|odp|odpověď|odpoveď|pd|ynt|yan|ilt|απ|σχετ|πρθ|vá|vál|továbbítás|hal|ha|na|r|fw|fwd|wg|tr|enc|i|doorst|fs|vastaus|回复|答复|回覆|回應|答覆|转发|轉寄|转寄|返信|転送|회신|답장|전달|ответ|от|пересл|відповідь|отг|תגובה|השב|העברה|רד|رد|إعادة توجيه|bls|trả lời|balas)(?:\[\d{1,4}\]|\(\d{1,4}\)|\^\d{1,4})?\s?[:：]/iu;

/** Whether the header says that the message answers or forwards another one. */
export function isAnswer({ inReplyTo, references, subject }: MessageFields): boolean {
	return inReplyTo !== undefined || (references ?? []).length > 0 || prefix.test(subject ?? '');
}
