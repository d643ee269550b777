import { SyncError } from '../../../../sync/errors/syncError';

/**
 * Puts each question to the mail server once in a run, however many input items ask it: for what the run itself does not change
 * meanwhile. A refusal is an answer too; what came of a lost connection is none and is asked again.
 */
export function askOnce<Q, A>(ask: (question: Q) => Promise<A>): (question: Q) => Promise<A> {
	const answers = new Map<Q, { value: A } | { refusal: SyncError }>();
	return async (question) => {
		let answer = answers.get(question);
		if (!answer) {
			try {
				answer = { value: await ask(question) };
			} catch (error) {
				if (!(error instanceof SyncError) || error.scope !== 'folder') throw error;
				answer = { refusal: error };
			}
			answers.set(question, answer);
		}
		if ('refusal' in answer) throw answer.refusal;
		return answer.value;
	};
}
