/** As much of CSS as it takes to see whether text is hidden. What it does not know is left out: text stays visible then. */

/** Property to value, both in lower case, and whether it was marked `!important`. */
export type Declarations = Map<string, { value: string; important: boolean }>;

/** Characters of style sheets that are read, and rules: mail that people write has a tenth of that. */
const LONGEST_SHEET = 200_000;
const MOST_RULES = 2_000;

/** How often rules may be looked at for the elements of one message; see StyleSheet.forElement(). */
const MOST_LOOKS = 100_000;

/** A window of this width is what a person is taken to read in, for rules that depend on it. In pixels. */
const WIDTH = 800;

interface Rule {
	tag: string;
	id: string;
	classes: string[];
	declarations: Declarations;
}

/** What stands between each `<style>` and the `</style>` after it. Step by step: a pattern would look for the end of each that has none. */
function* contentsOfStyles(html: string): Generator<string> {
	const start = /<style\b[^>]{0,1000}>/gi;
	const end = /<\/style/gi;
	while (start.exec(html)) {
		end.lastIndex = start.lastIndex;
		const found = end.exec(html);
		if (!found) return;
		yield html.slice(start.lastIndex, found.index);
		start.lastIndex = end.lastIndex;
	}
}

/** The rules in the style sheets of a message. */
export class StyleSheet {
	/** Rules by the class, id or element that they need; '*' for those that need none. */
	private readonly rules = new Map<string, Rule[]>();
	private count = 0;
	private looks = 0;

	constructor(html: string) {
		let left = LONGEST_SHEET;
		for (const css of contentsOfStyles(html)) {
			const sheet = css.slice(0, left);
			left -= sheet.length;
			this.read(sheet.replace(/\/\*[^]*?(?:\*\/|$)|<!--|-->/g, ' '));
			if (left <= 0) break;
		}
	}

	/** Whether there were more elements and rules than anybody means to be seen: nothing is known of what is hidden then. */
	get isExhausted(): boolean {
		return this.looks > MOST_LOOKS;
	}

	/** What applies to an element. Ancestors are not looked at, so a rule for `.a .b` holds for every `.b`. */
	forElement(tag: string, attributes: Readonly<Record<string, string>>): Declarations {
		const found: Declarations = new Map();
		const classes = new Set((attributes.class ?? '').toLowerCase().split(/\s+/, 50));
		const id = (attributes.id ?? '').toLowerCase();
		for (const key of ['*', tag, ...[...classes].map((name) => `.${name}`), `#${id}`]) {
			for (const rule of this.rules.get(key) ?? []) {
				if (++this.looks > MOST_LOOKS) return found;
				if (rule.tag !== '' && rule.tag !== tag) continue;
				if (rule.id !== '' && rule.id !== id) continue;
				if (rule.classes.every((name) => classes.has(name))) merge(found, rule.declarations);
			}
		}
		merge(found, readDeclarations(attributes.style ?? ''));
		return found;
	}

	/** Takes the rules of a sheet, or of a block in it: each ends at the brace that closes it. */
	private read(css: string, depth = 0): void {
		let at = 0;
		while (this.count < MOST_RULES) {
			const open = css.indexOf('{', at);
			if (open < 0) return;
			const close = closingBrace(css, open);
			const head = css
				.slice(css.lastIndexOf(';', open) >= at ? css.lastIndexOf(';', open) + 1 : at, open)
				.trim()
				.toLowerCase();
			const body = css.slice(open + 1, close);
			if (!head.startsWith('@')) this.add(head, body);
			else if (depth < 3 && applies(head)) this.read(body, depth + 1);
			at = close + 1;
		}
	}

	private add(selectors: string, body: string): void {
		const declarations = readDeclarations(body);
		if (declarations.size === 0) return;
		for (const selector of selectors.slice(0, 5_000).split(',')) {
			if (this.count >= MOST_RULES) return;
			const last = /([^\s>+~]+)\s*$/.exec(selector)?.[1] ?? '';
			// Attributes and states such as :hover: such a rule does not hold for what is read.
			if (/[:[]/.test(last)) continue;
			const [tag = ''] = /^[a-z][\w-]*/.exec(last) ?? [];
			const classes = [...last.matchAll(/\.([\w-]+)/g)].map(([, name]) => name);
			const id = /#([\w-]+)/.exec(last)?.[1] ?? '';
			const key = id !== '' ? `#${id}` : classes.length > 0 ? `.${classes[0]}` : tag !== '' ? tag : last === '*' ? '*' : '';
			if (key === '') continue;
			this.count++;
			const rule: Rule = { tag, id, classes, declarations };
			const same = this.rules.get(key);
			if (same) same.push(rule);
			else this.rules.set(key, [rule]);
		}
	}
}

/** The declarations of a rule or of a style attribute. */
function readDeclarations(text: string): Declarations {
	const found: Declarations = new Map();
	for (const declaration of text
		.slice(0, 10_000)
		.replace(/\/\*[^]*?(?:\*\/|$)/g, ' ')
		.split(';')) {
		const colon = declaration.indexOf(':');
		if (colon < 0) continue;
		const property = declaration.slice(0, colon).trim().toLowerCase();
		const value = unescaped(declaration.slice(colon + 1))
			.trim()
			.toLowerCase();
		const important = /\s*!\s*important$/.exec(value);
		merge(
			found,
			new Map([
				[unescaped(property), { value: important ? value.slice(0, important.index) : value, important: important !== null }],
			]),
		);
	}
	return found;
}

/** "\6e one" is "none" (CSS Syntax 4.3.7). */
const unescaped = (text: string): string =>
	text.includes('\\')
		? text
				.replace(/\\([0-9a-f]{1,6})\s?/gi, (_all, code: string) => {
					const point = parseInt(code, 16);
					return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : '';
				})
				.replaceAll('\\', '')
		: text;

function merge(into: Declarations, from: Declarations): void {
	for (const [property, declaration] of from) {
		if (into.get(property)?.important && !declaration.important) continue;
		into.set(property, declaration);
	}
}

function closingBrace(css: string, open: number): number {
	let depth = 0;
	for (let at = open; at < css.length; at++) {
		if (css[at] === '{') depth++;
		else if (css[at] === '}' && --depth === 0) return at;
	}
	return css.length;
}

/** Whether a block such as "@media (max-width: 600px)" is for the window in which a person is taken to read. */
function applies(head: string): boolean {
	if (head.startsWith('@supports') || head.startsWith('@layer')) return true;
	if (!head.startsWith('@media')) return false;
	return head
		.slice('@media'.length)
		.split(',')
		.some((query) => {
			if (/\b(?:print|speech|not)\b|prefers-color-scheme\s*:\s*dark/.test(query)) return false;
			const bound = (name: string): number | undefined => {
				const found = new RegExp(`${name}(?:-device)?-width\\s*:\\s*(\\d+(?:\\.\\d+)?)(px|em|rem)?`).exec(query);
				return found ? Number(found[1]) * (found[2] === undefined || found[2] === 'px' ? 1 : 16) : undefined;
			};
			return (bound('min') ?? 0) <= WIDTH && (bound('max') ?? WIDTH) >= WIDTH;
		});
}
