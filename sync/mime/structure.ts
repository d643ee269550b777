import { PartScanner, type ScannedMessage } from './partScanner';

export type { ScannedMessage } from './partScanner';
export { declaredCharset, normalizeType, type ScannedPart } from './scannedPart';

/**
 * Splits a message into its parts in one pass over its bytes, with the part numbers of IMAP, so that a part chosen here and
 * one chosen by BODYSTRUCTURE are the same. A message inside the message (message/rfc822) is one part and is not looked into.
 * Never throws; time and memory grow linearly with the size and are bounded by mimeLimits.
 */
export function scanMessage(source: Buffer): ScannedMessage {
	return new PartScanner(source).scan();
}
