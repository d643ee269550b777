const WIDTH = 980;
const HEIGHT = 360;
const LEFT = 60;
const TOP = 40;
const PLOT = { width: 240, height: 260 };
const colors = ['#1f6feb', '#bf3989', '#2da44e', '#bc4c00', '#6e40c9', '#57606a', '#0598bc', '#9a6700', '#cf222e'];

/**
 * A picture (SVG) with panels side by side, both axes of each logarithmic, from a power of ten to one. In milliseconds.
 *
 * @param {Array<{ title: string, lines: Array<{ name: string, points: Array<[number, number]> }> }>} panels
 */
export function logChart(panels) {
	const width = WIDTH / panels.length;
	const drawn = panels.map((panel, i) => `<g transform="translate(${LEFT + i * width} ${TOP})">${drawPanel(panel)}</g>`);
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${drawn.join('\n')}
</svg>
`;
}

function drawPanel({ title, lines }) {
	const all = lines.flatMap(({ points }) => points);
	const across = axis(all.map(([x]) => x));
	const up = axis(all.map(([, y]) => y));
	const x = (value) => round(across.at(value) * PLOT.width);
	const y = (value) => round((1 - up.at(value)) * PLOT.height);
	const parts = [`<text y="-16" font-size="13" font-weight="bold">${title}</text>`, `<text x="-44" y="-16">ms</text>`];
	for (const power of across.powers)
		parts.push(
			`<path d="M${x(power)} 0V${PLOT.height}" stroke="#d0d7de"/>`,
			`<text x="${x(power)}" y="${PLOT.height + 16}" text-anchor="middle">${power.toLocaleString('en')}</text>`,
		);
	for (const power of up.powers)
		parts.push(
			`<path d="M0 ${y(power)}H${PLOT.width}" stroke="#d0d7de"/>`,
			`<text x="-6" y="${y(power) + 4}" text-anchor="end">${power.toLocaleString('en')}</text>`,
		);
	for (const [i, { name, points }] of lines.entries()) {
		const color = colors[i % colors.length];
		const path = points.map(([px, py], at) => `${at === 0 ? 'M' : 'L'}${x(px)} ${y(py)}`).join('');
		const height = 8 + i * 20;
		parts.push(
			`<path d="${path}" fill="none" stroke="${color}" stroke-width="2"/>`,
			`<path d="M${PLOT.width + 12} ${height}h14" stroke="${color}" stroke-width="3"/>`,
			`<text x="${PLOT.width + 30}" y="${height + 4}">${name}</text>`,
		);
	}
	return parts.join('\n');
}

/** From the power of ten below all values to the one above; `at` gives the place of a value, from 0 to 1. */
function axis(values) {
	const from = Math.floor(Math.log10(Math.min(...values)));
	const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values))));
	return {
		powers: Array.from({ length: to - from + 1 }, (_none, i) => 10 ** (from + i)),
		at: (value) => (Math.log10(value) - from) / (to - from),
	};
}

const round = (value) => Math.round(value * 10) / 10;
