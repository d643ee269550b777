/** The most of a server's text that is shown. */
const MAX_QUOTED = 200;

/** Makes a text of the server safe to show: one line, bounded, and without the secrets in any form they travel in. */
export function quotable(text: string, secrets: string[]): string {
	let safe = text;
	for (const form of secrets.flatMap(forms)) safe = safe.split(form).join('***');
	// eslint-disable-next-line no-control-regex
	safe = safe.replace(/[\0-\x1f\x7f]+/g, ' ').trim();
	return safe.length > MAX_QUOTED ? `${safe.slice(0, MAX_QUOTED - 1)}…` : safe;
}

/** A server that echoes the command may echo the secret as it was sent: quoted and escaped, in base64, or URL-encoded. */
function forms(secret: string): string[] {
	if (secret === '') return [];
	const base64 = Buffer.from(secret).toString('base64');
	// Inside of a longer base64 text the secret begins at any of three places; the characters at its rim mix with its neighbours.
	const shifted = [1, 2].map((shift) =>
		Buffer.from('\0'.repeat(shift) + secret)
			.toString('base64')
			.slice(shift + 1, -4),
	);
	const escaped = secret.replace(/["\\]/g, '\\$&');
	return [secret, escaped, encodeURIComponent(secret), base64, base64.slice(0, -4), ...shifted]
		.filter((form, i, all) => (form.length >= 4 || form === secret) && all.indexOf(form) === i)
		.sort((a, b) => b.length - a.length);
}
