import { colorOf, isIndistinguishable, type Color } from './color';
import type { Declarations } from './styleSheet';

/** What a person would see of the text in an element, as far as it follows from the styles of the element and of those around it. */
export interface SeenStyle {
	/** Nothing in it can be seen, whatever the elements in it say. */
	isGone: boolean;
	/** Hidden, but an element in it may be visible. */
	isInvisible: boolean;
	opacity: number;
	/** In pixels. */
	fontSize: number;
	/** Undefined where it is not known, such as above a picture. */
	color: Color | undefined;
	background: Color | undefined;
}

/** Black on white, as mail begins. */
export const initialStyle: SeenStyle = {
	isGone: false,
	isInvisible: false,
	opacity: 1,
	fontSize: 16,
	color: { red: 0, green: 0, blue: 0, alpha: 1 },
	background: { red: 255, green: 255, blue: 255, alpha: 1 },
};

/** Letters smaller than this are not read by anybody. In pixels. */
const SMALLEST = 4;

/** What lies further off than this lies outside of the window. In pixels. */
const FAR = 500;

const LEAST_OPACITY = 0.1;

/** Whether text in an element with this style can be seen. */
export function isSeen({ isGone, isInvisible, opacity, fontSize, color, background }: SeenStyle): boolean {
	if (isGone || isInvisible || opacity < LEAST_OPACITY || fontSize < SMALLEST) return false;
	if (color === undefined) return true;
	return color.alpha >= LEAST_OPACITY && (background === undefined || !isIndistinguishable(color, background));
}

/** The style of an element in one with the style `around`. */
export function styleOf(declarations: Declarations, attributes: Readonly<Record<string, string>>, around: SeenStyle): SeenStyle {
	const of = (property: string): string => declarations.get(property)?.value ?? '';
	const visibility = of('visibility');
	return {
		isGone: around.isGone || 'hidden' in attributes || isTakenAway(of),
		isInvisible:
			visibility === '' || visibility === 'inherit' ? around.isInvisible : visibility !== 'visible' && visibility !== 'initial',
		opacity: around.opacity * opacityOf(of),
		fontSize: fontSizeOf(of, around.fontSize),
		color: textColor(of, attributes, around),
		background: backgroundOf(of, attributes, around),
	};
}

type ValueOf = (property: string) => string;

/** Whether an element takes no room, or none in the window. */
function isTakenAway(of: ValueOf): boolean {
	if (/^none\b/.test(of('display')) || of('content-visibility') === 'hidden' || isZero(of('zoom'))) return true;
	if (/hidden|clip|scroll|auto/.test(`${of('overflow')} ${of('overflow-x')} ${of('overflow-y')}`)) {
		if (['height', 'max-height', 'width', 'max-width'].some((property) => isNothing(of(property)))) return true;
	}
	if (/^(?:absolute|fixed|relative)/.test(of('position'))) {
		if (['left', 'top', 'right', 'bottom'].some((property) => Math.abs(pixels(of(property)) ?? 0) >= FAR)) return true;
		if (/rect\(\s*(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?\s*\)/.test(of('clip'))) return true;
	}
	if (['text-indent', 'margin-left', 'margin-top', 'margin'].some((property) => (pixels(of(property)) ?? 0) <= -FAR)) return true;
	if (/inset\(\s*(?:[5-9]\d|100)%|(?:circle|ellipse)\(\s*0|polygon\(\s*(?:0\w*\s+0\w*\s*,?\s*)+\)/.test(of('clip-path')))
		return true;
	const transform = of('transform');
	return (
		/scale(?:x|y|3d)?\(\s*0?(?:\.0\d*)?\s*[,)]/.test(transform) ||
		Math.abs(pixels(/translate\w*\(\s*([^,)]+)/.exec(transform)?.[1] ?? '') ?? 0) >= FAR
	);
}

function opacityOf(of: ValueOf): number {
	const filter = /opacity\(\s*([\d.]+%?)\s*\)/.exec(of('filter'))?.[1];
	return [of('opacity'), filter ?? ''].reduce((opacity, value) => {
		const number = parseFloat(value);
		if (Number.isNaN(number)) return opacity;
		return opacity * Math.min(1, Math.max(0, value.endsWith('%') ? number / 100 : number));
	}, 1);
}

function fontSizeOf(of: ValueOf, around: number): number {
	const short = /(?:^|\s)(\d*\.?\d+(?:px|pt|em|rem|%))/.exec(of('font'))?.[1];
	return pixels(of('font-size') || (short ?? ''), around) ?? around;
}

function textColor(of: ValueOf, attributes: Readonly<Record<string, string>>, around: SeenStyle): Color | undefined {
	const text = of('-webkit-text-fill-color') || of('color') || (attributes.color ?? attributes.text ?? '').toLowerCase();
	if (text === '' || text === 'inherit') return around.color;
	// Of a colour that is not understood nothing is known.
	return colorOf(text);
}

function backgroundOf(of: ValueOf, attributes: Readonly<Record<string, string>>, around: SeenStyle): Color | undefined {
	if (/url\(|gradient\(/.test(`${of('background')} ${of('background-image')}`) || (attributes.background ?? '') !== '')
		return undefined;
	const words = (of('background-color') || of('background') || (attributes.bgcolor ?? '').toLowerCase()).trim();
	if (words === '') return around.background;
	const color = colorOf(words) ?? words.split(/\s+(?![^(]*\))/).flatMap((word) => colorOf(word) ?? [])[0];
	return color === undefined || color.alpha < 0.5 ? around.background : color;
}

const isZero = (value: string): boolean => value !== '' && parseFloat(value) === 0;

/** A length of a pixel or less. */
const isNothing = (value: string): boolean => value !== '' && (pixels(value) ?? Infinity) <= 1;

/** A length in pixels; undefined for what is none. */
function pixels(value: string, base = 16): number | undefined {
	const found = /^(-?\d*\.?\d+)(px|pt|em|rem|ex|%|vw|vh|in|cm|mm)?/.exec(value);
	if (!found) return undefined;
	const factors: Record<string, number> = {
		pt: 4 / 3,
		em: base,
		rem: 16,
		ex: base / 2,
		'%': base / 100,
		vw: 8,
		vh: 6,
		in: 96,
		cm: 38,
		mm: 3.8,
	};
	return Number(found[1]) * (factors[found[2] ?? 'px'] ?? 1);
}
