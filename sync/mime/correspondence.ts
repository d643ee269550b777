import { BoundedMap } from './boundedMap';
import { Conversations, peopleOf } from './conversations';
import type { Correspondence } from './correspondenceFields';
import { directionOf } from './direction';
import type { MessageFields } from './fields';
import { LoopWatch } from './loopRisk';
import { isOurs, type OwnAddresses } from './ownAddresses';

/** A message, and what is known of it beside its fields. */
export interface CorrespondenceClues {
	fields: MessageFields;
	own: OwnAddresses;
	threadId?: string;
	/** The value of Thread-Index. */
	threadIndex?: string;
	/** References of the message that a bounce or a complaint is about, oldest first. */
	returnedReferences?: string[];
}

/** answers that are given again to a message that comes again */
const mostAnswers = 2_000;

/**
 * What one reader of one account remembers of the messages that it read, bounded, and for as long as the process runs. A message that
 * is read again, or that lies in several folders, gets the answer that it got first: it counts once.
 */
export class CorrespondenceMemory {
	private readonly conversations = new Conversations();
	private readonly loops = new LoopWatch();
	private readonly answers = new BoundedMap<string, Correspondence>(mostAnswers);

	/** Places a message among those before it, and remembers it. */
	place(clues: CorrespondenceClues): Correspondence {
		const { fields, own } = clues;
		const name = JSON.stringify([fields.messageId, fields.from?.address, fields.date]);
		const given = fields.messageId === undefined ? undefined : this.answers.get(name);
		if (given) return given;
		const received = fields.receivedAt === undefined ? Date.now() : Date.parse(fields.receivedAt);
		const direction = directionOf(fields, own);
		const people = peopleOf(fields, (address) => isOurs({ name: '', address }, own));
		const conversation = this.conversations.place({ ...clues, people, isIncoming: direction === 'in', at: received });
		const answer: Correspondence = {
			direction,
			loopRisk: this.loops.assess({ fields, own, received }),
			...(conversation.key !== '' && { conversation }),
		};
		if (fields.messageId !== undefined) this.answers.set(name, answer);
		return answer;
	}
}
