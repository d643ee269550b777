import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A message of a dialogue with a model, as OpenAI's interface has it. */
interface ChatMessage {
	role: 'system' | 'user' | 'assistant' | 'tool';
	content: string | null;
}

/** What a model is asked. */
export interface ChatQuestion {
	messages: ChatMessage[];
	tools?: Array<{ function: { name: string; description: string; parameters: object } }>;
	stream?: boolean;
}

/** What it answers: words, or calls of tools. */
export type ChatAnswer = string | Array<{ name: string; args: object }>;

/** A model that goes by a script, behind OpenAI's interface for chats. */
export interface ChatModel {
	/** The data of a credential of the type `openAiApi`. */
	readonly credential: Record<string, unknown>;
	/** All that it was asked, in order. */
	readonly questions: readonly ChatQuestion[];
	stop(): Promise<void>;
}

/** Starts one on loopback. `answer` gets each question and how many came before. */
export async function startChatModel(answer: (question: ChatQuestion, turn: number) => ChatAnswer): Promise<ChatModel> {
	const questions: ChatQuestion[] = [];
	const server = createServer((request, response) => {
		void questionOf(request).then((question) => {
			questions.push(question);
			reply(response, question, answer(question, questions.length - 1), questions.length);
		});
	});
	await new Promise<void>((resolve) => {
		server.listen(0, '127.0.0.1', resolve);
	});
	return {
		credential: { apiKey: 'sk-none', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` },
		questions,
		async stop() {
			server.closeAllConnections();
			await new Promise((resolve) => {
				server.close(resolve);
			});
		},
	};
}

async function questionOf(request: IncomingMessage): Promise<ChatQuestion> {
	let body = '';
	for await (const chunk of request) body += String(chunk);
	return JSON.parse(body) as ChatQuestion;
}

function reply(response: ServerResponse, { stream }: ChatQuestion, answer: ChatAnswer, turn: number): void {
	const calls =
		typeof answer === 'string'
			? undefined
			: answer.map(({ name, args }, index) => ({
					index,
					id: `call_${turn}_${index}`,
					type: 'function',
					function: { name, arguments: JSON.stringify(args) },
				}));
	const message = { role: 'assistant', content: calls ? null : answer, ...(calls && { tool_calls: calls }) };
	const finish = calls ? 'tool_calls' : 'stop';
	const frame = { id: `chat_${turn}`, created: 0, model: 'scripted' };
	if (stream) {
		response.setHeader('content-type', 'text/event-stream');
		const choices = [{ index: 0, delta: message, finish_reason: finish }];
		response.end(`data: ${JSON.stringify({ ...frame, object: 'chat.completion.chunk', choices })}\n\ndata: [DONE]\n\n`);
		return;
	}
	response.setHeader('content-type', 'application/json');
	const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
	const choices = [{ index: 0, message, finish_reason: finish }];
	response.end(JSON.stringify({ ...frame, object: 'chat.completion', choices, usage }));
}
