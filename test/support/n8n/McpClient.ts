/** What n8n's MCP Server Trigger says of a tool. */
export interface McpTool {
	name: string;
	description: string;
	inputSchema: { properties: Record<string, { type: string; description?: string }> };
}

/** A client of n8n's MCP Server Trigger, as an agent is one: lists tools and calls them. */
export class McpClient {
	private session: string | undefined;
	private count = 0;

	/** `url` is the one of a published workflow: n8n's own with /mcp/ and the path of the trigger. */
	constructor(private readonly url: string) {}

	async connect(): Promise<void> {
		await this.request('initialize', {
			protocolVersion: '2025-03-26',
			capabilities: {},
			clientInfo: { name: 'test', version: '1.0.0' },
		});
		await this.send({ method: 'notifications/initialized' });
	}

	async tools(): Promise<McpTool[]> {
		return ((await this.request('tools/list', {})) as { tools: McpTool[] }).tools;
	}

	/** The answer of a tool as the model gets it, and whether it is an error. */
	async call(name: string, args: Record<string, unknown>): Promise<{ text: string; isError: boolean }> {
		const answer = (await this.request('tools/call', { name, arguments: args })) as {
			content: Array<{ text: string }>;
			isError?: boolean;
		};
		return { text: answer.content.map(({ text }) => text).join(''), isError: answer.isError === true };
	}

	private async request(method: string, params: object): Promise<unknown> {
		const id = ++this.count;
		const body = await this.send({ id, method, params });
		// A stream of events, or plain JSON.
		const lines = body.split('\n').flatMap((line) => (line.startsWith('data:') ? [line.slice(5)] : []));
		const messages = (lines.length > 0 ? lines : [body]).map(
			(text) => JSON.parse(text) as { id?: number; result?: unknown; error?: { message: string } },
		);
		const message = messages.find((one) => one.id === id);
		if (!message || message.error) throw new Error(`${method}: ${message?.error?.message ?? body.slice(0, 500)}`);
		return message.result;
	}

	private async send(message: object): Promise<string> {
		const response = await fetch(this.url, {
			method: 'POST',
			headers: {
				'content-type': 'application/json',
				accept: 'application/json, text/event-stream',
				...(this.session === undefined ? {} : { 'mcp-session-id': this.session }),
			},
			body: JSON.stringify({ jsonrpc: '2.0', ...message }),
		});
		const text = await response.text();
		if (!response.ok) throw new Error(`n8n answered ${response.status}: ${text.slice(0, 500)}`);
		this.session ??= response.headers.get('mcp-session-id') ?? undefined;
		return text;
	}
}
