import type { BodyPart } from '../server/bodyPart';
import type { PartChoice } from '../server/message';

/**
 * How much of a message is read: identity and flags; plus header fields and attachment list; plus text and html; or the whole
 * source.
 */
export type OutputLevel = 'reference' | 'metadata' | 'content' | 'raw';

/** How messages are read. */
export interface ReadingSettings {
	output: OutputLevel;
	/** Whether the content of attachments is read too. */
	attachments: boolean;
	/** Whether a message is read when its flags change; else that event carries what is known without reading. */
	updatedContent?: boolean;
	/** Largest message read whole or by its parts, in bytes; of a larger one only the header is read. */
	messageSize: number;
	/** Chooses what to read of a large message (`size` in bytes) by its structure. Without it every message is read whole. */
	chooseParts?: (size: number, structure: BodyPart) => PartChoice;
}
