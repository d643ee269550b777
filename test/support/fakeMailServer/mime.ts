import type { BodyPart } from '../../../sync/server/bodyPart';

/** The header block of a message with the empty line that ends it, as BODY[HEADER] gives it. */
export function headerOf(source: Buffer): Buffer {
	// A message that begins with an empty line has no header fields.
	if (source.subarray(0, 2).toString('latin1') === '\r\n') return source.subarray(0, 2);
	const end = source.indexOf('\r\n\r\n');
	return end < 0 ? source : source.subarray(0, end + 4);
}

/** BODY[HEADER.FIELDS (...)]: these fields as they stand, and the empty line. */
export function headerFieldsOf(source: Buffer, names: string[]): Buffer {
	const fields =
		headerOf(source)
			.toString('latin1')
			.match(/^[^\s:][^:]*:.*(?:\r\n[ \t].*)*\r\n/gm) ?? [];
	const wanted = fields.filter((field) => names.includes(field.slice(0, field.indexOf(':')).trim().toLowerCase()));
	return Buffer.from(`${wanted.join('')}\r\n`, 'latin1');
}

/** Values of a header field, unfolded and with encoded words decoded. */
export function headerValues(source: Buffer, name: string): string[] {
	return fields(headerOf(source))
		.filter((field) => field.name === name.toLowerCase())
		.map((field) => decodeWords(field.value));
}

/** BODYSTRUCTURE of a message: multiparts, messages in messages, and the rest as leaves. */
export function structureOf(source: Buffer): BodyPart {
	return walk(source, '');
}

/** BODY[part] of a message: the encoded body of that part. */
export function partOf(source: Buffer, part: string): Buffer | undefined {
	let entity = source;
	const numbers = part.split('.').map(Number);
	for (const number of numbers) {
		const header = headerOf(entity);
		const body = entity.subarray(header.length);
		const [type, parameters] = parameterized(
			fields(header).find((field) => field.name === 'content-type')?.value ?? 'text/plain',
		);
		if (type.startsWith('multipart/')) {
			const child = parts(body, parameters.boundary ?? '')[number - 1];
			if (!child) return undefined;
			entity = child;
		} else if (number !== 1) {
			return undefined;
		}
	}
	return entity.subarray(headerOf(entity).length);
}

function walk(entity: Buffer, number: string): BodyPart {
	const header = headerOf(entity);
	const body = entity.subarray(header.length);
	const all = fields(header);
	const value = (name: string): string | undefined => all.find((field) => field.name === name)?.value;
	const [type, parameters] = parameterized(value('content-type') ?? 'text/plain; charset=us-ascii');
	const [disposition, dispositionParameters] = parameterized(value('content-disposition') ?? '');
	const isMultipart = type.startsWith('multipart/');
	const part = number === '' && !isMultipart ? '1' : number;
	const node: BodyPart = {
		part,
		type,
		parameters,
		disposition: disposition || undefined,
		dispositionParameters,
		encoding: isMultipart ? undefined : (value('content-transfer-encoding') ?? '7bit').trim().toLowerCase(),
		size: isMultipart ? undefined : body.length,
		contentId: value('content-id')?.trim(),
		children: [],
	};
	if (isMultipart) {
		node.children = parts(body, parameters.boundary ?? '').map((child, i) =>
			walk(child, number === '' ? `${i + 1}` : `${number}.${i + 1}`),
		);
	} else if (type === 'message/rfc822') {
		const inner = walk(body, part);
		node.children = [inner.type.startsWith('multipart/') ? inner : walk(body, `${part}.1`)];
	}
	return node;
}

function parts(body: Buffer, boundary: string): Buffer[] {
	const sections = `\r\n${body.toString('latin1')}`.split(`\r\n--${boundary}`).slice(1);
	return sections
		.filter((section) => !section.startsWith('--'))
		.map((section) => Buffer.from(section.replace(/^[ \t]*\r\n/, ''), 'latin1'));
}

function fields(header: Buffer): Array<{ name: string; value: string }> {
	return header
		.toString('utf8')
		.replace(/\r\n[ \t]+/g, ' ')
		.split('\r\n')
		.filter((line) => line.includes(':'))
		.map((line) => ({
			name: line.slice(0, line.indexOf(':')).trim().toLowerCase(),
			value: line.slice(line.indexOf(':') + 1).trim(),
		}));
}

function parameterized(value: string): [string, Record<string, string>] {
	const [head, ...rest] = value.split(';');
	const parameters: Record<string, string> = {};
	for (const parameter of rest) {
		const match = /^\s*([^=\s]+)\s*=\s*"?([^"]*)"?\s*$/.exec(parameter);
		if (match) parameters[match[1].toLowerCase()] = match[2];
	}
	return [head.trim().toLowerCase(), parameters];
}

function decodeWords(value: string): string {
	return value.replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_all, kind: string, text: string) =>
		kind.toLowerCase() === 'b'
			? Buffer.from(text, 'base64').toString()
			: Buffer.from(
					text.replace(/_/g, ' ').replace(/=([0-9a-f]{2})/gi, (_hex, code: string) => String.fromCharCode(parseInt(code, 16))),
					'latin1',
				).toString(),
	);
}
