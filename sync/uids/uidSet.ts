import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { asUid, MAX_UID, type Uid } from './uid';

/**
 * An immutable set of UIDs, kept as sorted runs: work and size follow the number of runs, not of UIDs, so a folder of a
 * million messages without holes is as small as one of ten.
 */
export class UidSet implements Iterable<Uid> {
	static readonly empty = new UidSet([]);

	/** first, last, first, last, ... ascending; runs neither overlap nor touch. */
	private readonly bounds: readonly number[];
	/** How many UIDs the set holds. */
	readonly size: number;

	private constructor(bounds: readonly number[]) {
		this.bounds = bounds;
		let size = 0;
		for (let i = 0; i < bounds.length; i += 2) size += bounds[i + 1] - bounds[i] + 1;
		this.size = size;
	}

	/** The set of these UIDs, in any order, repeats allowed. Throws RangeError for anything that is no UID. */
	static of(uids: Iterable<number>): UidSet {
		const sorted = Array.from(uids, checked);
		let ascending = true;
		for (let i = 1; i < sorted.length && ascending; i++) ascending = sorted[i - 1] <= sorted[i];
		if (!ascending) sorted.sort((a, b) => a - b);
		const bounds: number[] = [];
		for (const uid of sorted) appendRun(bounds, uid, uid);
		return UidSet.from(bounds);
	}

	/** All UIDs from `first` to `last`, both included; empty when `last` is below `first`. */
	static range(first: number, last: number): UidSet {
		return last < first ? UidSet.empty : new UidSet([checked(first), checked(last)]);
	}

	/**
	 * Reads an IMAP sequence set such as "1:5,7" (RFC 3501 section 9). `*` is refused with RangeError: in a server's answer it
	 * means nothing (RFC 9051 section 4.1.1), and guessing would invent messages.
	 */
	static parse(text: string): UidSet {
		const runs: Array<[number, number]> = [];
		for (const part of text.split(',')) {
			const match = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(part.trim());
			if (!match) throw new RangeError(`"${part.slice(0, 40)}" is not a UID or a range of UIDs`);
			const a = checked(Number(match[1]));
			const b = match[2] === undefined ? a : checked(Number(match[2]));
			runs.push(a <= b ? [a, b] : [b, a]);
		}
		runs.sort((a, b) => a[0] - b[0]);
		const bounds: number[] = [];
		for (const [first, last] of runs) appendRun(bounds, first, last);
		return UidSet.from(bounds);
	}

	private static from(bounds: number[]): UidSet {
		return bounds.length === 0 ? UidSet.empty : new UidSet(bounds);
	}

	get isEmpty(): boolean {
		return this.size === 0;
	}

	/** How many runs the set has; what it costs to write it down follows this number. */
	get runs(): number {
		return this.bounds.length / 2;
	}

	/** The lowest UID; undefined when empty. */
	get first(): Uid | undefined {
		return this.bounds.length === 0 ? undefined : asUid(this.bounds[0]);
	}

	/** The highest UID; undefined when empty. */
	get last(): Uid | undefined {
		return this.bounds.length === 0 ? undefined : asUid(this.bounds[this.bounds.length - 1]);
	}

	has(uid: number): boolean {
		const run = this.runAtOrBefore(uid);
		return run >= 0 && uid <= this.bounds[2 * run + 1];
	}

	*[Symbol.iterator](): IterableIterator<Uid> {
		for (let i = 0; i < this.bounds.length; i += 2) {
			for (let uid = this.bounds[i]; uid <= this.bounds[i + 1]; uid++) yield asUid(uid);
		}
	}

	/** The UIDs in ascending order. */
	toArray(): Uid[] {
		return [...this];
	}

	union(other: UidSet): UidSet {
		if (other.isEmpty) return this;
		if (this.isEmpty) return other;
		const a = this.bounds;
		const b = other.bounds;
		const bounds: number[] = [];
		let i = 0;
		let j = 0;
		while (i < a.length || j < b.length) {
			if (j >= b.length || (i < a.length && a[i] <= b[j])) {
				appendRun(bounds, a[i], a[i + 1]);
				i += 2;
			} else {
				appendRun(bounds, b[j], b[j + 1]);
				j += 2;
			}
		}
		return UidSet.from(bounds);
	}

	intersect(other: UidSet): UidSet {
		const a = this.bounds;
		const b = other.bounds;
		const bounds: number[] = [];
		let i = 0;
		let j = 0;
		while (i < a.length && j < b.length) {
			const first = Math.max(a[i], b[j]);
			const last = Math.min(a[i + 1], b[j + 1]);
			if (first <= last) bounds.push(first, last);
			if (a[i + 1] < b[j + 1]) i += 2;
			else j += 2;
		}
		return UidSet.from(bounds);
	}

	subtract(other: UidSet): UidSet {
		if (this.isEmpty || other.isEmpty) return this;
		const a = this.bounds;
		const b = other.bounds;
		const bounds: number[] = [];
		let j = 0;
		for (let i = 0; i < a.length; i += 2) {
			let first = a[i];
			const last = a[i + 1];
			while (j < b.length && b[j + 1] < first) j += 2;
			let k = j;
			while (k < b.length && b[k] <= last) {
				if (b[k] > first) bounds.push(first, b[k] - 1);
				first = b[k + 1] + 1;
				k += 2;
			}
			if (first <= last) bounds.push(first, last);
		}
		return UidSet.from(bounds);
	}

	add(uid: number): UidSet {
		return this.has(uid) ? this : this.union(UidSet.range(uid, uid));
	}

	remove(uid: number): UidSet {
		return this.has(uid) ? this.subtract(UidSet.range(uid, uid)) : this;
	}

	/** The UIDs below `uid`. */
	below(uid: number): UidSet {
		return uid <= 1 ? UidSet.empty : this.intersect(UidSet.range(1, Math.min(uid - 1, MAX_UID)));
	}

	/** The UIDs at or above `uid`. */
	from(uid: number): UidSet {
		return uid > MAX_UID ? UidSet.empty : this.intersect(UidSet.range(Math.max(1, uid), MAX_UID));
	}

	/** The `count` lowest UIDs. */
	lowest(count: number): UidSet {
		if (count >= this.size) return this;
		return count <= 0 ? UidSet.empty : this.below(this.at(count));
	}

	/** The `count` highest UIDs. */
	highest(count: number): UidSet {
		if (count >= this.size) return this;
		return count <= 0 ? UidSet.empty : this.from(this.at(this.size - count));
	}

	/** The UID at this place in ascending order, counted from 0. Throws RangeError outside of the set. */
	at(rank: number): Uid {
		let left = rank;
		if (rank >= 0) {
			for (let i = 0; i < this.bounds.length; i += 2) {
				const length = this.bounds[i + 1] - this.bounds[i] + 1;
				if (left < length) return asUid(this.bounds[i] + left);
				left -= length;
			}
		}
		throw new RangeError(`no UID at place ${rank} of a set of ${this.size}`);
	}

	/** How many UIDs of the set are below `uid`: its place in ascending order, when it is a member. */
	rankOf(uid: number): number {
		let rank = 0;
		for (let i = 0; i < this.bounds.length && this.bounds[i] < uid; i += 2) {
			rank += Math.min(this.bounds[i + 1], uid - 1) - this.bounds[i] + 1;
		}
		return rank;
	}

	/**
	 * The places (counted from 1) that the members hold in `superset`; members it does not have are left out. A subset of a set
	 * with many holes is much smaller written this way, since the holes are in `superset` already.
	 */
	placesIn(superset: UidSet): UidSet {
		const a = superset.bounds;
		const b = this.bounds;
		const places: number[] = [];
		let before = 0;
		let j = 0;
		for (let i = 0; i < a.length; i += 2) {
			while (j < b.length && b[j + 1] < a[i]) j += 2;
			for (let k = j; k < b.length && b[k] <= a[i + 1]; k += 2) {
				const first = Math.max(a[i], b[k]);
				const last = Math.min(a[i + 1], b[k + 1]);
				appendRun(places, before + first - a[i] + 1, before + last - a[i] + 1);
			}
			before += a[i + 1] - a[i] + 1;
		}
		return UidSet.from(places);
	}

	/** The members at these places (counted from 1): what placesIn() undoes. Throws RangeError for a place beyond the set. */
	atPlaces(places: UidSet): UidSet {
		const a = this.bounds;
		const b = places.bounds;
		if (b.length > 0 && b[b.length - 1] > this.size) throw new RangeError('a place beyond the end of the set');
		const uids: number[] = [];
		let before = 0;
		let j = 0;
		for (let i = 0; i < a.length; i += 2) {
			const length = a[i + 1] - a[i] + 1;
			while (j < b.length && b[j + 1] <= before) j += 2;
			for (let k = j; k < b.length && b[k] <= before + length; k += 2) {
				const first = Math.max(b[k], before + 1);
				const last = Math.min(b[k + 1], before + length);
				appendRun(uids, a[i] + first - before - 1, a[i] + last - before - 1);
			}
			before += length;
		}
		return UidSet.from(uids);
	}

	equals(other: UidSet): boolean {
		return this.bounds.length === other.bounds.length && this.bounds.every((bound, i) => bound === other.bounds[i]);
	}

	/** The set as IMAP writes it: "1:5,7"; empty text for the empty set. */
	toString(): string {
		const parts: string[] = [];
		for (let i = 0; i < this.bounds.length; i += 2) {
			parts.push(this.bounds[i] === this.bounds[i + 1] ? `${this.bounds[i]}` : `${this.bounds[i]}:${this.bounds[i + 1]}`);
		}
		return parts.join(',');
	}

	/**
	 * The set cut into subsets each of which IMAP writes in at most `maxLength` characters: clients should keep a command line
	 * near 1,000 (RFC 2683 section 3.2.1.5), servers with CONDSTORE take 8,192 (RFC 7162 section 4). At most `maxSize` UIDs are in
	 * each: a range of a few characters may mean a hundred thousand.
	 */
	chunks(maxLength: number, maxSize = Infinity): UidSet[] {
		if (maxSize !== Infinity) return this.chunks(maxLength).flatMap((chunk) => chunk.cutAt(maxSize));
		const chunks: UidSet[] = [];
		let bounds: number[] = [];
		let length = 0;
		for (let i = 0; i < this.bounds.length; i += 2) {
			const [first, last] = [this.bounds[i], this.bounds[i + 1]];
			const width = String(first).length + (first === last ? 0 : 1 + String(last).length) + 1;
			if (length + width > maxLength + 1 && bounds.length > 0) {
				chunks.push(new UidSet(bounds));
				bounds = [];
				length = 0;
			}
			bounds.push(first, last);
			length += width;
		}
		if (bounds.length > 0) chunks.push(new UidSet(bounds));
		return chunks;
	}

	/** Subsets of `size` UIDs each, the last with what is left. */
	private cutAt(size: number): UidSet[] {
		const parts: UidSet[] = [];
		let bounds: number[] = [];
		let room = size;
		for (let i = 0; i < this.bounds.length; i += 2) {
			for (let first = this.bounds[i]; first <= this.bounds[i + 1];) {
				const last = Math.min(this.bounds[i + 1], first + room - 1);
				bounds.push(first, last);
				room -= last - first + 1;
				first = last + 1;
				if (room > 0) continue;
				parts.push(new UidSet(bounds));
				bounds = [];
				room = size;
			}
		}
		if (bounds.length > 0) parts.push(new UidSet(bounds));
		return parts;
	}

	/**
	 * The set as short text for JSON, base64, in the shortest of three forms that the first character names: "v" gaps and run
	 * lengths as variable-length integers; "z" the same deflated; "b" a deflated bitmap behind the first UID, for sets with holes
	 * everywhere. The empty set is the empty text.
	 */
	pack(): string {
		if (this.isEmpty) return '';
		const plain = this.toVarints();
		const forms = [`v${plain.toString('base64')}`, `z${deflated(plain).toString('base64')}`];
		if (this.runs >= MANY_RUNS && this.bounds[this.bounds.length - 1] - this.bounds[0] < 32 * plain.length)
			forms.push(`b${this.toBitmap().toString('base64')}`);
		return forms.reduce((shortest, form) => (form.length < shortest.length ? form : shortest));
	}

	/** Reads what pack() wrote. Throws RangeError when the text is anything else. */
	static unpack(text: string): UidSet {
		if (text === '') return UidSet.empty;
		const bytes = Buffer.from(text.slice(1), 'base64');
		switch (text[0]) {
			case 'v':
				return UidSet.from(fromVarints(bytes));
			case 'z':
				return UidSet.from(fromVarints(inflated(bytes)));
			case 'b':
				return UidSet.from(fromBitmap(bytes));
			default:
				throw new RangeError('not a packed UID set');
		}
	}

	private toVarints(): Buffer {
		const { bounds } = this;
		const bytes = Buffer.allocUnsafe(bounds.length * 5);
		let length = 0;
		let previous = 0;
		for (let i = 0; i < bounds.length; i += 2) {
			// A gap of at least 1 is kept as gap - 1, and a run of one message, the commonest, costs no length byte: bit 0 of the
			// gap says whether a length follows.
			const gap = bounds[i] - previous - 1;
			const more = bounds[i + 1] - bounds[i];
			length = writeVarint(bytes, length, gap * 2 + (more > 0 ? 1 : 0));
			if (more > 0) length = writeVarint(bytes, length, more - 1);
			previous = bounds[i + 1];
		}
		return bytes.subarray(0, length);
	}

	private toBitmap(): Buffer {
		const { bounds } = this;
		const [first] = bounds;
		const bits = Buffer.alloc(((bounds[bounds.length - 1] - first) >> 3) + 1);
		for (let i = 0; i < bounds.length; i += 2)
			for (let at = bounds[i] - first; at <= bounds[i + 1] - first; at++) bits[at >> 3] |= 1 << (at & 7);
		const head = Buffer.alloc(4);
		head.writeUInt32BE(first);
		return Buffer.concat([head, deflated(bits)]);
	}

	private runAtOrBefore(uid: number): number {
		let low = 0;
		let high = this.bounds.length / 2 - 1;
		while (low <= high) {
			const middle = (low + high) >> 1;
			if (this.bounds[2 * middle] <= uid) low = middle + 1;
			else high = middle - 1;
		}
		return high;
	}
}

/** Adds a run that does not begin before the last one; joins runs that overlap or touch. */
function appendRun(bounds: number[], first: number, last: number): void {
	const end = bounds.length - 1;
	if (end >= 0 && first <= bounds[end] + 1) {
		if (last > bounds[end]) bounds[end] = last;
	} else {
		bounds.push(first, last);
	}
}

function checked(value: number): number {
	if (!Number.isInteger(value) || value < 1 || value > MAX_UID) throw new RangeError(`${value} is not a UID`);
	return value;
}

/** From so many runs on a bitmap may be shorter. */
const MANY_RUNS = 64;

/** What is larger is deflated with less effort: at 600 kB the best takes three times as long, for a hundredth of the length. */
const LARGE = 64 * 1024;

const deflated = (bytes: Buffer): Buffer => deflateRawSync(bytes, { level: bytes.length > LARGE ? 4 : 9 });

/** Throws RangeError. */
function inflated(bytes: Buffer): Buffer {
	try {
		// A state is read from a database that others may write: a few bytes must not inflate to gigabytes.
		return inflateRawSync(bytes, { maxOutputLength: 64 * 1024 * 1024 });
	} catch (error) {
		throw new RangeError('not a packed UID set', { cause: error });
	}
}

function fromVarints(bytes: Buffer): number[] {
	if (bytes.length === 0) throw new RangeError('not a packed UID set');
	const bounds: number[] = [];
	const reader = { bytes, position: 0 };
	let previous = 0;
	while (reader.position < bytes.length) {
		const head = readVarint(reader);
		const first = previous + 1 + Math.floor(head / 2);
		const last = head % 2 === 1 ? first + readVarint(reader) + 1 : first;
		if (last > MAX_UID) throw new RangeError('a packed UID set goes beyond the largest UID');
		appendRun(bounds, first, last);
		previous = last;
	}
	return bounds;
}

function fromBitmap(bytes: Buffer): number[] {
	if (bytes.length < 5) throw new RangeError('not a packed UID set');
	const first = checked(bytes.readUInt32BE(0));
	const bits = inflated(bytes.subarray(4));
	if (first + bits.length * 8 - 1 > MAX_UID + 7) throw new RangeError('a packed UID set goes beyond the largest UID');
	const bounds: number[] = [];
	for (const [at, byte] of bits.entries()) {
		if (byte === 0) continue;
		for (let bit = 0; bit < 8; bit++) {
			if ((byte >> bit) & 1) appendRun(bounds, checked(first + at * 8 + bit), first + at * 8 + bit);
		}
	}
	return bounds;
}

/** Seven bits a byte, lowest first; arithmetic instead of bit operators because those cut at 32 bits. Returns where it ends. */
function writeVarint(bytes: Buffer, at: number, value: number): number {
	let rest = value;
	let end = at;
	while (rest >= 128) {
		bytes[end++] = (rest % 128) + 128;
		rest = Math.floor(rest / 128);
	}
	bytes[end++] = rest;
	return end;
}

function readVarint(reader: { bytes: Buffer; position: number }): number {
	let value = 0;
	let factor = 1;
	for (;;) {
		if (reader.position >= reader.bytes.length || factor > 2 ** 42) throw new RangeError('a packed UID set is cut off');
		const byte = reader.bytes[reader.position++];
		value += (byte % 128) * factor;
		if (byte < 128) return value;
		factor *= 128;
	}
}
