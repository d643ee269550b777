import { printable } from '../errors/printable';

/** The most of a server's text that is shown. */
const MAX_QUOTED = 200;

/** Makes a text of the server safe to show: one line, bounded, and without the secrets in any form they travel in. */
export function quotable(text: string, secrets: string[]): string {
	const hidden = secrets.filter((secret) => secret !== '');
	let safe = text.replace(/[A-Za-z0-9+/]{4,}={0,2}/g, (token) =>
		hidden.some((secret) => holdsInBase64(token, secret)) ? '***' : token,
	);
	for (const form of hidden.flatMap(forms)) safe = safe.split(form).join('***');
	safe = printable(safe).trim();
	return safe.length > MAX_QUOTED ? `${safe.slice(0, MAX_QUOTED - 1)}…` : safe;
}

/** Whether a text is base64 with the secret somewhere in it, as SASL PLAIN and XOAUTH2 send it. */
const holdsInBase64 = (token: string, secret: string): boolean => Buffer.from(token, 'base64').includes(Buffer.from(secret));

/** A server that echoes the command may echo the secret as it was sent, quoted and escaped, or URL-encoded. */
function forms(secret: string): string[] {
	// A letter that is not ASCII may come back in another encoding: what stands between such letters is hidden by itself.
	const runs = secret.match(/[\x20-\x7e]{4,}/g) ?? [];
	return [secret, ...runs]
		.flatMap((form) => [form, form.replace(/["\\]/g, '\\$&'), encodeURIComponent(form)])
		.filter((form, i, all) => all.indexOf(form) === i)
		.sort((a, b) => b.length - a.length);
}
