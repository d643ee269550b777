import { decodeCharset } from '../../sync/mime/charset';

const hex = (text: string): Buffer => Buffer.from(text.replace(/ /g, ''), 'hex');

/** The same word in many charsets, under the names that mailers give them. */
const spellings: Array<[text: string, bytes: string, labels: string]> = [
	[
		'Grüße',
		'47 72 fc df 65',
		'iso-8859-1 latin1 ISO8859-1 iso_8859-1 iso-ir-100 x-iso-8859-1 8859-1 windows-1252 win-1252 win1252',
	],
	['Grüße', '47 72 fc df 65', 'windows1252 windows_1252 cp-1252 cp_1252 x-cp1252 x-cp-1252 ansi ms-ansi ansi-1252 1252 cp819'],
	['Grüße', '47 72 fc df 65', 'iso-8859-1-windows-3.1-latin-1 iso-8859-15 latin9 latin-9 l9 iso8859_15 28591 x-unknown us-ascii'],
	['Grüße', '47 72 fc df 65', 'ascii x-user-defined iso646-us unknown-8bit csascii undefined'],
	[
		'Grüße',
		'47 72 c3 bc c3 9f 65',
		'utf-8 utf8 UTF_8 utf8mb4 utf8mb3 utf-8-sig cp65001 unicode-1-1-utf-8 x-unicode20utf8 utf-8;format',
	],
	['Grüße', '47 72 c3 bc c3 9f 65', 'ascii us-ascii x-unknown utf8-mac csutf8 en_US.UTF-8 utf-8utf-8 windows-65001 x-klingon'],
	[
		'Grüße',
		'47 72 81 e1 65',
		'cp850 cp-850 cp_850 ibm850 ibm-850 dos-850 pc850 850 cp437 ibm437 cspc8codepage437 cp858 cp00858 ibm00858',
	],
	['Größe', '47 72 9a a7 65', 'macintosh x-mac-roman mac x-macroman macroman 10000'],
	['Łódź', 'a3 f3 64 9f', 'windows-1250 cp1250 cp-1250 win-1250 ms-ee x-cp1250'],
	['Łódź', 'a3 f3 64 bc', 'iso-8859-2 latin2 iso8859-2 28592'],
	['Łódź', '9d a2 64 ab', 'cp852 cp-852 ibm852 dos-852'],
	['Łódź', 'fc 97 64 90', 'x-mac-ce x-mac-centraleurroman mac-centraleurope 10029'],
	['Привет', 'cf f0 e8 e2 e5 f2', 'windows-1251 cp1251 win1251 cp-1251 ms-cyrl x-cp1251 windows-1251http'],
	['Привет', 'f0 d2 c9 d7 c5 d4', 'koi8-r koi8_r koi8r koi8 cskoi8r 20866 koi8-u koi8u koi8-ru koi8-rus 21866'],
	['Привет', '8f e0 a8 a2 a5 e2', 'cp866 ibm866 cp-866 dos-866 866'],
	['Привет', 'bf e0 d8 d2 d5 e2', 'iso-8859-5 cyrillic iso8859-5'],
	['Привет', '8f f0 e8 e2 e5 f2', 'x-mac-cyrillic x-mac-ukrainian maccyrillic 10007'],
	['Ωμέγα', 'd9 ec dd e3 e1', 'iso-8859-7 greek windows-1253 cp1253 ms-greek ecma-118 elot_928'],
	['İstanbul', 'dd 73 74 61 6e 62 75 6c', 'iso-8859-9 latin5 windows-1254 cp1254 ms-turk'],
	['שלום', 'f9 ec e5 ed', 'iso-8859-8 iso-8859-8-i iso-8859-8-e windows-1255 cp1255 hebrew logical visual ms-hebr 38598'],
	['שלום', '99 8c 85 8d', 'cp862 dos-862 ibm862'],
	['سلام', 'd3 e4 c7 e5', 'iso-8859-6 iso-8859-6-i arabic asmo-708'],
	['ราคา', 'c3 d2 a4 d2', 'tis-620 iso-8859-11 windows-874 cp874 cp-874 tis620-2533 x-windows-874'],
	['Rīga', '52 ee 67 61', 'windows-1257 cp1257 winbaltrim iso-8859-13 latin7'],
	[
		'日本',
		'93 fa 96 7b',
		'shift_jis shift-jis sjis x-sjis cp932 cp-932 ms932 windows-31j windows-932 sjis-win ms_kanji x-mac-japanese',
	],
	['日本', 'c6 fc cb dc', 'euc-jp eucjp euc_jp x-euc-jp ujis eucjp-win eucjp-ms cp51932'],
	[
		'日本',
		'1b 24 42 46 7c 4b 5c 1b 28 42',
		'iso-2022-jp iso2022jp iso-2022-jp-1 iso-2022-jp-ms jis cp50220 50221 csiso2022jp x-windows-iso2022jp',
	],
	['中国', 'd6 d0 b9 fa', 'gb2312 gb_2312-80 gbk x-gbk gb18030 gb-18030 cp936 cp-936 ms936 euc-cn x-euc-cn x-cp20936 cn-gb'],
	['中国', '7e 7b 56 50 39 7a 7e 7d', 'hz-gb-2312 hz'],
	['中國', 'a4 a4 b0 ea', 'big5 big-5 big5-hkscs big5hkscs x-x-big5 cn-big5 cp950 cp-950 ms950 big5-eten x-chinese-eten'],
	['한국', 'c7 d1 b1 b9', 'euc-kr euckr ks_c_5601-1987 ks_c_5601 ksc5601 ks-c-5601-1987 cp949 cp-949 uhc windows-949 x-cp20949'],
	['한국', '1b 24 29 43 0e 47 51 31 39 0f', 'iso-2022-kr csiso2022kr 50225'],
	['中文', '1b 24 29 41 0e 56 50 4e 44 0f', 'iso-2022-cn iso-2022-cn-ext csiso2022cn'],
	['中文', 'c4 e3 c5 c6', 'euc-tw x-euc-tw'],
	['中', '8e a1 c4 e3', 'euc-tw'],
	['Привет', 'cf f0 e8 e2 e5 f2', 'us-ascii x-unknown utf-8'],
	['Привет', 'f0 d2 c9 d7 c5 d4', 'us-ascii'],
	['测试文件', 'b2 e2 ca d4 ce c4 bc fe', 'us-ascii'],
	['ひらがな', 'a4 d2 a4 e9 a4 ac a4 ca', 'us-ascii'],
	['äöüß', 'e4 f6 fc df', 'us-ascii utf-8'],
	['Grüße', '47 72 2b 41 50 77 41 33 77 2d 65', 'utf-7 utf7 unicode-1-1-utf-7 x-utf-7 65000 csutf7'],
	['Grüße', '47 00 72 00 fc 00 df 00 65 00', 'utf-16le utf-16 unicode ucs-2 utf16 iso-10646-ucs-2'],
	['Grüße', 'ff fe 47 00 72 00 fc 00 df 00 65 00', 'utf-16 utf-16le utf16'],
	['Grüße', 'fe ff 00 47 00 72 00 fc 00 df 00 65', 'utf-16 utf-16be ucs-2 utf16be'],
	['Grüße', '00 47 00 72 00 fc 00 df 00 65', 'utf-16be utf-16-be ucs2be utf-16 ucs-2'],
	['Grüße', '47 72 c3 bc c3 9f 65', 'utf-16 ucs-2 unicode'],
	['Grüße', '00 00 00 47 00 00 00 72 00 00 00 fc 00 00 00 df 00 00 00 65', 'utf-32be utf-32 ucs-4'],
	['Việt', '56 69 ae 74', 'viscii x-viscii'],
	['Zürich', '5a cf 72 69 63 68', 'hp-roman8 roman8'],
];

describe('text is read under every name of its charset', () => {
	test.each(
		spellings.flatMap(([text, bytes, labels]) =>
			labels.split(' ').map((label): [string, string, string] => [label, text, bytes]),
		),
	)('%s: %s', (label, text, bytes) => {
		expect(decodeCharset(hex(bytes), label)).toBe(text);
		expect(decodeCharset(hex(bytes), `"${label.toUpperCase()}"`)).toBe(text);
	});
});

describe('bytes that are not of the charset that is named', () => {
	test.each(['iso-2022-jp', 'gb2312', 'shift_jis', 'euc-kr', 'big5', 'euc-jp'])('%s that is UTF-8', (label) => {
		const text = 'ご注文ありがとうございます。価格は 20 € です';
		expect(decodeCharset(Buffer.from(text), label)).toBe(text);
	});

	test.each(['iso-8859-1', 'windows-1252', 'iso-8859-15'])('%s that is UTF-8', (label) => {
		expect(decodeCharset(Buffer.from('Grüße aus Köln – 20 €'), label)).toBe('Grüße aus Köln – 20 €');
		// One pair of letters may have been meant.
		expect(decodeCharset(Buffer.from('Grß'), label)).not.toBe('Grß');
		expect(decodeCharset(hex('47 72 fc df 65'), label)).toBe('Grüße');
	});

	test('ISO-2022-JP that is Shift_JIS or EUC-JP', () => {
		expect(decodeCharset(hex('93 fa 96 7b'), 'iso-2022-jp')).toBe('日本');
		expect(decodeCharset(hex('c6 fc cb dc'), 'iso-2022-jp')).toBe('日本');
	});

	test('UTF-8 with a character cut off stays UTF-8, whatever it is called', () => {
		const cut = Buffer.from('Заказ номер семнадцать').subarray(0, -1);
		for (const label of [undefined, 'us-ascii', 'utf-8', 'x-unknown']) {
			expect(decodeCharset(cut, label)).toBe('Заказ номер семнадцат\ufffd');
		}
		expect(decodeCharset(Buffer.concat([cut, Buffer.from(' и ещё')]), undefined)).toBe('Заказ номер семнадцат\ufffd и ещё');
	});

	test('windows-1252 that ends like a cut character stays windows-1252', () => {
		expect(decodeCharset(hex('49 52 4d c3'), undefined)).toBe('IRMÃ');
		expect(decodeCharset(hex('4d 41 c7 c3'), undefined)).toBe('MAÇÃ');
	});

	test('a byte that a code page leaves free costs one character', () => {
		expect(decodeCharset(hex('52 ee 67 61 a1'), 'cp1257').slice(0, 4)).toBe('Rīga');
	});
});
