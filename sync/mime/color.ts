/** A colour: 0 to 255 each, and how much of it covers what is behind it, 0 to 1. */
export interface Color {
	red: number;
	green: number;
	blue: number;
	alpha: number;
}

/** Two colours that differ by no more than this in every part look the same. */
const NEAR = 24;

/** The names that mail uses; others are not understood. */
const names = new Map([
	['white', 'ffffff'],
	['snow', 'fffafa'],
	['ivory', 'fffff0'],
	['whitesmoke', 'f5f5f5'],
	['ghostwhite', 'f8f8ff'],
	['floralwhite', 'fffaf0'],
	['azure', 'f0ffff'],
	['black', '000000'],
	['gray', '808080'],
	['grey', '808080'],
	['silver', 'c0c0c0'],
	['lightgray', 'd3d3d3'],
	['lightgrey', 'd3d3d3'],
	['red', 'ff0000'],
	['green', '008000'],
	['blue', '0000ff'],
	['yellow', 'ffff00'],
	['navy', '000080'],
	['orange', 'ffa500'],
]);

/** A colour as CSS or an attribute writes it; undefined for what is not understood. */
export function colorOf(text: string): Color | undefined {
	const word = text.trim();
	if (word === 'transparent') return { red: 255, green: 255, blue: 255, alpha: 0 };
	const hex = names.get(word) ?? /^#?([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/.exec(word)?.[1];
	if (hex !== undefined) return ofHex(hex.length <= 4 ? hex.replace(/./g, '$&$&') : hex);
	const found = /^(rgb|hsl)a?\(([^)]*)\)$/.exec(word);
	if (!found) return undefined;
	const parts = found[2].split(/[\s,/]+/).filter((part) => part !== '');
	const numbers = parts.map((part) => (part.endsWith('%') ? parseFloat(part) / 100 : parseFloat(part)));
	if (parts.length < 3 || numbers.some(Number.isNaN)) return undefined;
	const alpha = numbers[3] ?? 1;
	if (found[1] === 'hsl') return { ...ofHsl(numbers[0], numbers[1], numbers[2]), alpha };
	const [red, green, blue] = numbers.map((number, place) => (parts[place].endsWith('%') ? number * 255 : number));
	return { red, green, blue, alpha };
}

/** Whether text of one colour on the other cannot be read. */
export const isIndistinguishable = (a: Color, b: Color): boolean =>
	Math.abs(a.red - b.red) <= NEAR && Math.abs(a.green - b.green) <= NEAR && Math.abs(a.blue - b.blue) <= NEAR;

function ofHex(hex: string): Color {
	const at = (place: number): number => parseInt(hex.slice(place, place + 2), 16);
	return { red: at(0), green: at(2), blue: at(4), alpha: hex.length === 8 ? at(6) / 255 : 1 };
}

/** CSS Color 4, section 7.1. */
function ofHsl(hue: number, saturation: number, lightness: number): Omit<Color, 'alpha'> {
	const part = (n: number): number => {
		const k = (n + hue / 30) % 12;
		const amount = saturation * Math.min(lightness, 1 - lightness);
		return 255 * (lightness - amount * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
	};
	return { red: part(0), green: part(8), blue: part(4) };
}
