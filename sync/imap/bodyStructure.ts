import type { MessageStructureObject } from 'imapflow';
import type { BodyPart } from '../server/bodyPart';

/**
 * BODYSTRUCTURE in the words of the core. The parts are numbered anew by RFC 3501 section 6.4.5: imapflow gives a message in a
 * message the number of its wrapper, also when it has only one part, and a message of one part none. Undefined for one that
 * cannot be read.
 */
export function toBodyPart(root: MessageStructureObject): BodyPart | undefined {
	try {
		return walk(root, '');
	} catch (error) {
		// imapflow passes on what a server sent, whatever its types say: NIL for a type, a list for a name.
		if (error instanceof TypeError) return undefined;
		throw error;
	}
}

/** `number` is that of the node; of the root it is empty. */
function walk(node: MessageStructureObject, number: string): BodyPart {
	const type = node.type.toLowerCase();
	const isMultipart = type.startsWith('multipart/');
	// Of a multipart root there is no number: BODY[] is the message itself.
	const part = number === '' && !isMultipart ? '1' : number;
	return {
		part,
		type,
		parameters: { ...node.parameters },
		disposition: node.disposition?.toLowerCase() || undefined,
		dispositionParameters: { ...node.dispositionParameters },
		encoding: node.encoding?.toLowerCase() || undefined,
		size: node.size,
		contentId: node.id || undefined,
		children: (node.childNodes ?? []).map((child, index) => {
			if (isMultipart) return walk(child, number === '' ? `${index + 1}` : `${number}.${index + 1}`);
			// A message in a message: a multipart shares its number, since the wrapper has no parts of its own; one part is its first.
			return walk(child, child.type.toLowerCase().startsWith('multipart/') ? part : `${part}.1`);
		}),
	};
}
