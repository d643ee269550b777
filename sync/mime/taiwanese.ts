import { TextDecoder } from 'node:util';

/**
 * The characters of CNS 11643, the standard of Taiwan, stand in nearly the order of Big5, whose decoder the platform has: runs of them as
 * place in the plane, place in Big5, and length. The third plane and later are names of persons; they become U+FFFD.
 */
const runs: readonly string[] = [
	`
	0:0:5 6:6:8 15:15:6 21:23:2 24:22:1 29:29:44 73:74:1 74:73:1 75:75:22 98:98:1 100:100:27 127:128:1 128:127:1
	129:129:19 148:149:1 149:148:1 150:150:4 155:21:1 156:156:2 160:160:1 162:162:1 165:165:69 282:234:29
	312:264:1 314:266:142 470:6101:20 3290:471:17 3307:263:1 3308:489:86 3394:265:1 3395:576:1307 4702:1884:424
	5126:1883:1 5127:2308:1876 7003:4571:1 7004:4184:387 7391:4572:525 7916:5286:1 7917:5097:105 8023:5203:83
	8106:5287:84 8190:5517:1 8191:5371:54 8245:5426:1 8246:5425:1 8247:5427:90 8337:5518:354
	`,
	`
	0:6280:10 10:6291:33 43:6372:1 44:6324:48 92:6373:46 138:6586:1 139:6419:167 306:6587:1840 2146:9074:1
	2147:8428:108 2255:8537:537 2792:8427:1 2793:9075:100 2893:8536:1 2894:9175:399 3293:9575:1637 4930:11761:1
	4931:11212:146 5077:11899:1 5078:11358:287 5365:12508:1 5366:11645:116 5482:11762:137 5619:11900:104
	5723:12425:1 5724:12004:222 5946:12227:198 6144:12426:82 6226:12509:86 6312:12226:1 6313:12595:8
	6321:12604:153 6474:12758:56 6530:13114:1 6531:12814:113 6644:12603:1 6645:12927:142 6787:12757:1
	6788:13069:45 6833:13115:71 6904:13380:1 6905:13186:194 7099:13381:490 7589:13914:1 7590:13871:43 7633:13915:1
	7634:13917:11 7645:13916:1 7646:13928:4
	`,
];

const big5 = new TextDecoder('big5');
let planes: ReadonlyArray<ReadonlyMap<number, number>> | undefined;

/** Place in the plane to place in Big5; made when mail of Taiwan comes for the first time. */
function readRuns(): ReadonlyArray<ReadonlyMap<number, number>> {
	return runs.map((lines) => {
		const places = new Map<number, number>();
		for (const run of lines.trim().split(/\s+/)) {
			const [from, to, count] = run.split(':').map(Number);
			for (let at = 0; at < count; at++) places.set(from + at, to + at);
		}
		return places;
	});
}

/** No byte of Big5: what is not known becomes U+FFFD. */
const unknown = [0xff];

/** The bytes in Big5 of a character of plane 1 or 2, given with or without their eighth bit. */
function toBig5(plane: number, first: number, second: number): number[] {
	planes ??= readRuns();
	const place = planes[plane - 1]?.get(((first & 0x7f) - 0x21) * 94 + (second & 0x7f) - 0x21);
	if (place === undefined) return unknown;
	const low = place % 157;
	return [0xa1 + Math.floor(place / 157), low < 63 ? 0x40 + low : 0xa1 + low - 63];
}

/** EUC-TW: ASCII, the first plane in two bytes, and any plane in four, after 0x8e. */
export function decodeEucTw(bytes: Buffer): string {
	const text: number[] = [];
	for (let at = 0; at < bytes.length; at++) {
		const byte = bytes[at];
		if (byte < 0x80) text.push(byte);
		else if (byte === 0x8e && bytes.length > at + 3) {
			text.push(...toBig5(bytes[at + 1] - 0xa0, bytes[at + 2], bytes[at + 3]));
			at += 3;
		} else if (byte > 0xa0 && bytes.length > at + 1) text.push(...toBig5(1, byte, bytes[++at]));
		else text.push(...unknown);
	}
	return big5.decode(Buffer.from(text));
}

const gb = new TextDecoder('gb18030');

/**
 * ISO-2022-CN (RFC 1922): after the escape sequences that choose GB 2312 or a plane of CNS 11643, shift out begins its characters
 * and shift in ends them; a single shift takes one of the second plane.
 */
export function decodeIso2022Cn(bytes: Buffer): string {
	let text = '';
	let pending: number[] = [];
	let isGb = true;
	const add = (more: readonly number[], asGb: boolean): void => {
		if (asGb !== isGb) close();
		isGb = asGb;
		for (const byte of more) pending.push(byte);
	};
	const close = (): void => {
		text += (isGb ? gb : big5).decode(Buffer.from(pending));
		pending = [];
	};
	let plane = 0;
	let isShifted = false;
	for (let at = 0; at < bytes.length; at++) {
		const byte = bytes[at];
		const next = bytes[at + 1];
		if (byte === 0x1b && next === 0x24) {
			// "$)A" is GB 2312, "$)G" the first plane; others choose what a single shift takes.
			if (bytes[at + 2] === 0x29) plane = bytes[at + 3] === 0x47 ? 1 : 0;
			at += 3;
		} else if (byte === 0x1b && next === 0x4e) {
			add(toBig5(2, bytes[at + 2], bytes[at + 3]), false);
			at += 3;
		} else if (byte === 0x0e || byte === 0x0f) isShifted = byte === 0x0e;
		else if (isShifted && byte > 0x20 && at + 1 < bytes.length) {
			add(plane === 0 ? [byte | 0x80, next | 0x80] : toBig5(plane, byte, next), plane === 0);
			at++;
		} else {
			// A line begins in ASCII, whether it was shifted back or not.
			if (byte === 0x0a) isShifted = false;
			pending.push(byte & 0x7f);
		}
	}
	close();
	return text;
}
