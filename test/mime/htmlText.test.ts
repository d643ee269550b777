import { htmlToText } from '../../sync/mime/htmlText';

const textOf = (html: string): string => htmlToText(html).text;

describe('html as text', () => {
	it.each([
		['paragraphs', '<p>a</p>\n\n<p>b</p>c', 'a\n\nb\n\nc'],
		['line breaks', 'a<br>b<br/><br>c', 'a\nb\n\nc'],
		['an empty line as mail programs write it', '<div>a</div><div><br></div><div>b</div>', 'a\n\nb'],
		['a line break before the end of a block', '<p>a<br></p><p>b', 'a\n\nb'],
		['cells side by side, rows one below the other', '<table><tr><th>a</th><td>b</td></tr>\n<tr><td>c', 'a b\nc'],
		['words across elements', 'a<span>b</span> <b>c</b><i> d</i>e', 'ab c de'],
		['white space', '  a \n\t b&nbsp;&nbsp;c  ', 'a b\u00a0\u00a0c'],
		['entities', '&lt;p&gt; &amp;amp; &uuml;&#128512;', '<p> &amp; ü😀'],
		['lists', '<ul><li>a<li>b<ul><li>c</ul></ul>d', ' * a\n * b\n    * c\n\nd'],
		['numbered lists', '<ol start="9"><li>a<p>b</p></li><li>c</ol>', ' 9. a\n\n    b\n\n 10. c'],
		['quotations', '<blockquote>a<p>b</p><blockquote>c</blockquote></blockquote>d', '> a\n>\n> b\n>\n> > c\n\nd'],
		['preformatted text', '<pre>a\n  b\n\nc</pre>d', 'a\n  b\n\nc\n\nd'],
		['headings', 'a<h1>B</h1>c', 'a\n\nB\n\nc'],
		['rules', 'a<hr>b', `a\n\n${'-'.repeat(40)}\n\nb`],
		['a link', 'see <a href="https://a.example/1">the page</a>.', 'see the page [https://a.example/1].'],
		['a link that says where it leads', '<a href="mailto:a@b.example">a@b.example</a> x', 'a@b.example x'],
		['a link on a picture', '<a href="https://a.example"><img alt="x"></a>', 'https://a.example'],
		['a link within the message', '<a href="#top">top</a><a name="x">y</a>', 'topy'],
		['nothing that is not read', '<head><title>t</title><style>s</style></head><body>a<script>b</script><!-- c --></body>', 'a'],
		['several bodies, as answers have them', '<html><body>a</body></html><html><head><style>s</style></head><body>b', 'ab'],
		['what was never closed', '<div><b><a href="https://a.example">x', 'x [https://a.example]'],
	])('%s', (_name, html, text) => {
		expect(textOf(html)).toBe(text);
	});

	it('loses its tags and nothing else where it is too intricate', () => {
		expect(textOf(`${'<div>'.repeat(600)}a<p>b`)).toBe('ab');
	});
});
