import type { ImapFlow } from 'imapflow';
import { openPipeline, type Pipeline } from './pipeline';

/** What of imapflow 2.10.2 this rests on, guarded by test/contract/loginFlight.test.ts. */
interface Internals {
	run?: unknown;
	exec?: unknown;
	clientInfo?: unknown;
}

type Call = (name: string, ...args: unknown[]) => Promise<unknown>;

/** How a flight is made. */
export interface FlightPlan {
	/** To enable, those of them that the server has: what imapflow would enable by itself. */
	extensions: readonly string[];
	compress: boolean;
	/** Milliseconds in which all of it has to be answered. */
	patienceMs: number;
}

/**
 * A login in two flights. imapflow takes up to seven: it introduces itself before the login and once more after it, waits to be asked
 * for the password, and sends each of ID, NAMESPACE, COMPRESS and ENABLE by itself. Here the password goes along with the command
 * (SASL-IR, RFC 4959), and what follows the login goes out together: none of it depends on the answer to another (RFC 9051 section 5.5).
 * Nothing goes out behind the login itself: Courier hands the connection to another process then, and loses what came too early.
 *
 * imapflow has no public means for it: this stands between its connect() and the commands that it runs, which stay its own.
 */
export class LoginFlight {
	private pipeline: Pipeline | undefined;
	private isOutOfTime = false;
	private answers: ReadonlyMap<string, Promise<unknown>> | undefined;

	constructor(private readonly plan: FlightPlan) {}

	/** Whether the connection ended because the server could not cope with several commands under way. One by one it may. */
	get brokeOff(): boolean {
		return this.isOutOfTime || (this.pipeline?.isConfused ?? false);
	}

	/** To be called before connect(). Without imapflow's internals: it logs in as it always does. */
	lead(client: ImapFlow): void {
		const internals = client as unknown as Internals;
		const { run } = internals;
		if (typeof run !== 'function') return;
		const itself = async (name: string, ...args: unknown[]): Promise<unknown> => await (run as Call).call(client, name, ...args);
		internals.run = async (name: string, ...args: unknown[]): Promise<unknown> => {
			if (name === 'AUTHENTICATE') return await withPasswordAtOnce(client, args, async () => await itself(name, ...args));
			// Whoever gets in is introduced afterwards: many servers answer in full only then.
			if (name === 'ID' && !client.authenticated) return undefined;
			if (client.authenticated && (name === 'ID' || name === 'NAMESPACE')) this.answers ??= this.takeOff(client, itself);
			// The last of them: from here on imapflow is as it was.
			if (name === 'ENABLE') delete internals.run;
			return await (this.answers?.get(name) ?? itself(name, ...args));
		};
	}

	/** Sends what follows the login; gives the answers by the names of the commands, none where it cannot be sent together. */
	private takeOff(client: ImapFlow, run: Call): Map<string, Promise<unknown>> {
		const answers = new Map<string, Promise<unknown>>();
		const pipeline = openPipeline(client);
		if (!pipeline) return answers;
		this.pipeline = pipeline;
		pipeline.sendOwn();
		answers.set('ID', run('ID', (client as unknown as Internals).clientInfo));
		answers.set('NAMESPACE', run('NAMESPACE'));
		const enabled = run('ENABLE', this.plan.extensions);
		// The last: behind its answer, the line is another one.
		if (this.plan.compress) answers.set('COMPRESS', run('COMPRESS'));
		const timer = setTimeout(() => {
			this.isOutOfTime = true;
			client.close();
		}, this.plan.patienceMs);
		const landed = Promise.allSettled([enabled, ...answers.values()]).then(() => {
			clearTimeout(timer);
			pipeline.end();
		});
		// What imapflow awaits last, and then it takes the connection for its own.
		answers.set(
			'ENABLE',
			landed.then(() => enabled),
		);
		// Whoever awaits an answer may do so later than it fails.
		for (const answer of answers.values()) answer.catch(() => undefined);
		return answers;
	}
}

/** Answers the question for the password before it is asked, where the server takes that. Who asks all the same is answered again. */
async function withPasswordAtOnce(
	client: ImapFlow,
	[user, how]: unknown[],
	authenticate: () => Promise<unknown>,
): Promise<unknown> {
	const internals = client as unknown as Internals;
	const { exec } = internals;
	const { password } = (how ?? {}) as { password?: unknown };
	if (!client.capabilities.has('SASL-IR') || typeof exec !== 'function' || typeof password !== 'string')
		return await authenticate();
	const value = Buffer.from(`\0${String(user)}\0${password}`).toString('base64');
	internals.exec = (command: unknown, attributes: unknown, ...more: unknown[]): unknown => {
		const [mechanism, ...others] = attributes as Array<{ value?: unknown }>;
		const isPlain = command === 'AUTHENTICATE' && mechanism.value === 'PLAIN' && others.length === 0;
		const whole = isPlain ? [mechanism, { type: 'ATOM', value, sensitive: true }] : attributes;
		return exec.call(client, command, whole, ...more) as unknown;
	};
	try {
		return await authenticate();
	} finally {
		internals.exec = exec;
	}
}
