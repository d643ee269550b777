/** Writes CMS structures (RFC 5652) around some content, for tests: without certificates and signatures, which nobody reads here. */

function length(count: number): Buffer {
	if (count < 0x80) return Buffer.from([count]);
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(count);
	return Buffer.concat([Buffer.from([0x84]), bytes]);
}

const definite = (tag: number, ...parts: Buffer[]): Buffer => {
	const value = Buffer.concat(parts);
	return Buffer.concat([Buffer.from([tag]), length(value.length), value]);
};
const indefinite = (tag: number, ...parts: Buffer[]): Buffer =>
	Buffer.concat([Buffer.from([tag, 0x80]), ...parts, Buffer.alloc(2)]);

const types = {
	signed: '2a864886f70d010702',
	enveloped: '2a864886f70d010703',
	compressed: '2a864886f70d0109100109',
} as const;
const data = definite(0x06, Buffer.from('2a864886f70d010701', 'hex'));
const version = definite(0x02, Buffer.from([1]));

/** `cut` into octet strings of that many bytes, in the form without lengths that programs write which stream. */
export function buildCms(kind: keyof typeof types, content: Buffer | undefined, cut?: number): Buffer {
	const wrap = cut === undefined ? definite : indefinite;
	const pieces: Buffer[] = [];
	for (let at = 0; cut !== undefined && content && at < content.length; at += cut)
		pieces.push(definite(0x04, content.subarray(at, at + cut)));
	const octets = content && (cut === undefined ? definite(0x04, content) : indefinite(0x24, ...pieces));
	const encapsulated = wrap(0x30, data, ...(octets ? [wrap(0xa0, octets)] : []));
	const algorithms = kind === 'signed' ? wrap(0x31, definite(0x30, data)) : definite(0x30, data);
	return wrap(0x30, definite(0x06, Buffer.from(types[kind], 'hex')), wrap(0xa0, wrap(0x30, version, algorithms, encapsulated)));
}
