import { readMessage } from '../../sync/mime/readMessage';
import { asUid } from '../../sync/uids/uid';

/** A mail with that text, as a server sends it; `header` may make it an answer. */
async function read(text: string, header: string[] = ['Subject: Re: Order 17'], type = 'text/plain') {
	const source = Buffer.from(
		['From: Zoe <zoe@example.org>', ...header, `Content-Type: ${type}; charset=utf-8`, '', text].join('\r\n'),
	);
	const { fields } = await readMessage(
		{ uid: asUid(1), flags: [], size: source.length, source },
		{ level: 'content', headers: [], attachmentContent: false },
	);
	return { replyText: fields.replyText, quotedText: fields.quotedText };
}

const bob = 'Bob <bob@example.com>';
const unthreaded = ['Subject: Order 17'];
const threaded = ['Subject: Order 17', 'In-Reply-To: <1@example.com>'];

/** How mail programs introduce a quotation. */
const attributions = {
	'English, Gmail': `On Mon, 23 Nov 2026 at 10:00, ${bob} wrote:`,
	'English, Gmail, American': `On Mon, Nov 23, 2026 at 10:00 AM ${bob} wrote:`,
	'English, Apple': 'On Nov 23, 2026, at 10:00 AM, Bob Builder <bob@example.com> wrote:',
	'English, Thunderbird': 'On 23/11/2026 10:00, Bob Builder wrote:',
	'English, Yahoo': 'On Monday, November 23, 2026, 10:00:00 AM GMT+1, Bob Builder <bob@example.com> wrote:',
	'English, Proton': `On Monday, November 23rd, 2026 at 10:00 AM, ${bob} wrote:`,
	'English, old Outlook for Mac': 'On 11/23/26, 10:00 AM, "Bob Builder" <bob@example.com> wrote:',
	'English, NetEase': 'At 2026-11-23 10:00:00, "Bob" <bob@example.com> wrote:',
	'Gmail of 2009': '2009/11/23 Bob Builder <bob@example.com>',
	'a list': "On Mon, Nov 23, 2026 at 10:00 AM 'Bob Builder' via Support <support@example.com> wrote:",
	German: `Am Mo., 23. Nov. 2026 um 10:00 Uhr schrieb ${bob}:`,
	'German, iPhone': `Am 23.11.2026 um 10:00 schrieb ${bob}:`,
	'German, Yahoo': 'Am Montag, 23. November 2026 um 10:00:15 MEZ hat Bob <bob@example.com> Folgendes geschrieben:',
	'German, the name first': `${bob} schrieb am Mo., 23. Nov. 2026 um 10:00:`,
	French: `Le lun. 23 nov. 2026 à 10:00, ${bob} a écrit :`,
	Spanish: `El lun, 23 nov 2026 a las 10:00, Bob (<bob@example.com>) escribió:`,
	'Spanish, in full': `El lunes, 23 de noviembre de 2026 a las 10:00, ${bob} escribió:`,
	Portuguese: `Em seg., 23 de nov. de 2026 às 10:00, ${bob} escreveu:`,
	Italian: `Il giorno lun 23 nov 2026 alle ore 10:00 ${bob} ha scritto:`,
	Dutch: `Op ma 23 nov 2026 om 10:00 schreef ${bob}:`,
	'Dutch, Apple': `Op 23 nov. 2026 om 10:00 heeft ${bob} het volgende geschreven:`,
	Swedish: `Den mån 23 nov. 2026 kl 10:00 skrev ${bob}:`,
	Danish: `Den man. 23. nov. 2026 kl. 10.00 skrev ${bob}:`,
	Norwegian: `man. 23. nov. 2026 kl. 10:00 skrev ${bob}:`,
	Finnish: `ma 23. marrask. 2026 klo 10.00 ${bob} kirjoitti:`,
	Estonian: `${bob} kirjutas kuupäeval E, 23. november 2026 kell 10:00:`,
	Lithuanian: `2026-11-23, pr, 10:00 ${bob} rašė:`,
	Czech: `po 23. 11. 2026 v 10:00 odesílatel ${bob} napsal:`,
	'Czech, Seznam': `Dne po 23. 11. 2026 10:00 uživatel ${bob} napsal:`,
	Slovak: `po 23. 11. 2026 o 10:00 ${bob} napísal(a):`,
	Polish: `pon., 23 lis 2026 o 10:00 ${bob} napisał(a):`,
	'Polish, Android': '23 lis 2026 10:00 "Bob" <bob@example.com> napisał(a):',
	Hungarian: `${bob} ezt írta (időpont: 2026. nov. 23., H, 10:00):`,
	Romanian: `În lun., 23 nov. 2026 la 10:00, ${bob} a scris:`,
	Bulgarian: `На пн, 23.11.2026 г. в 10:00 ${bob} написа:`,
	Croatian: `pon, 23. stu 2026. u 10:00 ${bob} napisao je:`,
	Slovenian: `V V pon., 23. nov. 2026 ob 10:00 je oseba ${bob} napisala:`,
	Greek: `Στις Δευ 23 Νοε 2026 στις 10:00 π.μ., ο χρήστης ${bob} έγραψε:`,
	Turkish: `${bob}, 23 Kas 2026 Pzt, 10:00 tarihinde şunu yazdı:`,
	'Turkish, older': `23 Kas 2026 Pzt 10:00 tarihinde ${bob} şunu yazdı:`,
	Russian: `пн, 23 нояб. 2026 г. в 10:00, ${bob}:`,
	'Russian, Android': '23.11.2026 10:00 пользователь "Bob" <bob@example.com> написал:',
	'Russian, Mail.ru': `Понедельник, 23 ноября 2026, 10:00 +03:00 от ${bob}:`,
	Ukrainian: `пн, 23 лист. 2026 р. о 10:00 ${bob} пише:`,
	Hebrew: '‫בתאריך יום ב׳, 23 בנוב׳ 2026 ב-10:00 מאת ‪Bob‬‏ <‪bob@example.com‬‏>:‬',
	Arabic: 'في الاثنين، 23 نوفمبر 2026 في 10:00 ص تمت كتابة ما يلي بواسطة ‪Bob‬‏ <‪bob@example.com‬‏>:',
	Japanese: `2026年11月23日(月) 10:00 ${bob}:`,
	'Chinese, simplified': `${bob} 于2026年11月23日周一 10:00写道：`,
	'Chinese, traditional': `${bob} 於 2026年11月23日 週一 上午10:00寫道：`,
	Korean: `2026년 11월 23일 (월) 오전 10:00, ${bob}님이 작성:`,
	Vietnamese: `Vào Th 2, 23 thg 11, 2026 vào lúc 10:00 ${bob} đã viết:`,
	Indonesian: `Pada Sen, 23 Nov 2026 pukul 10.00 ${bob} menulis:`,
	Filipino: `Noong Lun, Nob 23, 2026 nang 10:00 AM, isinulat ni ${bob} ang:`,
	Mongolian: `2026 оны 11-р сарын 23, Да 10:00 цагт ${bob} бичсэн нь:`,
	Swahili: `Mnamo Jtt, 23 Nov 2026 saa 10:00 asubuhi ${bob} aliandika:`,
	HEY: 'On November 23, 2026, Bob Builder <bob@example.com> wrote:',
	'The Bat!': 'Monday, November 23, 2026, 10:00:00 AM, you wrote:',
	'WP, without a colon': `Dnia Poniedziałek, 23 Listopada 2026 10:00 ${bob} napisał(a)`,
	Zoho: '---- On Mon, 23 Nov 2026 10:00:36 +0530 Bob <bob@example.com> wrote ----',
};

/** A wrap as mail programs make it. */
const wraps: Array<[string, (line: string) => string]> = [
	['on one line', (line) => line],
	['wrapped before the address', (line) => line.replace(/ (\(?<)(?=.*@)/, '\n$1')],
	['wrapped within the brackets', (line) => line.replace(/<(?=\S*@)/, '<\n')],
	['with its last word on a line of its own', (line) => line.replace(/ (\S+[:：])$/, '\n$1')],
];

describe.each(Object.entries(attributions))('the attribution in %s', (_name, line) => {
	it.each(wraps)('%s', async (_wrap, wrapped) => {
		// A name alone on its line may be the sender's own.
		const introduced = line.startsWith(bob) ? wrapped(line).replace('Bob\n', 'Bob ') : wrapped(line);
		expect(await read(`Thank you.\n\n${introduced}\n\n> Hi\n> there\n`)).toEqual({
			replyText: 'Thank you.',
			quotedText: `${introduced}\n\n> Hi\n> there`,
		});
	});

	it('below the last line of the sender, without air', async () => {
		const { replyText } = await read(`Please cancel order 17.\nZoe\n${line}\n> Hi\n`, unthreaded);
		expect(replyText).toBe('Please cancel order 17.\nZoe');
	});

	it('with answers between the quoted lines', async () => {
		const { replyText } = await read(`Hello Bob,\n${line}\n> One?\nYes.\n> Two?\nNo.\n\n-- \nZoe`, threaded);
		expect(replyText).toBe('Hello Bob,\nYes.\nNo.');
	});
});

/** The labels of sender, date, recipient and subject in the users' languages of Outlook. */
const outlookLabels = [
	'From|Sent|To|Subject',
	'Von|Gesendet|An|Betreff',
	'De|Envoyé|À|Objet',
	'De|Enviado el|Para|Asunto',
	'De|Enviado|Para|Assunto',
	'Da|Inviato|A|Oggetto',
	'Van|Verzonden|Aan|Onderwerp',
	'Saatja|Saatmisaeg|Adressaat|Teema',
	'Od|Wysłane|Do|Temat',
	'От кого|Дата|Кому|Тема',
	'Från|Skickat|Till|Ämne',
	'Fra|Sendt|Til|Emne',
	'Lähettäjä|Lähetetty|Vastaanottaja|Aihe',
	'Od|Odesláno|Komu|Předmět',
	'Od|Odoslané|Komu|Predmet',
	'Od|Wysłano|Do|Temat',
	'Feladó|Elküldve|Címzett|Tárgy',
	'De la|Trimis|Către|Subiect',
	'Kimden|Gönderildi|Kime|Konu',
	'От|Отправлено|Кому|Тема',
	'Від|Надіслано|Кому|Тема',
	'От|Изпратено|До|Относно',
	'Από|Στάλθηκε|Προς|Θέμα',
	'Šalje|Poslano|Prima|Predmet',
	'Od|Poslano|Za|Zadeva',
	'发件人|发送时间|收件人|主题',
	'寄件者|寄件日期|收件者|主旨',
	'差出人|送信日時|宛先|件名',
	'보낸 사람|보낸 날짜|받는 사람|제목',
	'מאת|נשלח|אל|נושא',
	'من|تم الإرسال|إلى|الموضوع',
];

describe.each(outlookLabels)('the header of the quoted message: %s', (labels) => {
	const [from, date, to, subject] = labels.split('|');
	const block = `${from}: ${bob}\n${date}: 23.11.2026 10:00\n${to}: Zoe\n${subject}: Order 17`;

	it.each([
		['alone', block],
		['below a line', `________________________________\n${block}`],
		['in bold', block.replace(/^(.+?:)/gm, '*$1*')],
		['as GMX writes it, the date first', block.replace(/^(.*)\n(.*)/, '$2\n$1')],
		['without addresses, in full', block.replace(bob, 'Bob Builder')],
	])('%s', async (_name, header) => {
		expect(await read(`Thank you.\n\n${header}\n\nHi\n`)).toEqual({ replyText: 'Thank you.', quotedText: `${header}\n\nHi` });
	});
});

describe('what the sender wrote stays', () => {
	const form = `From: ${bob}\nTo: shop@example.com\nDate: 23 Nov 2026 10:00\nSubject: Order 17`;
	it.each([
		['a contact form', `${form}\n\nWhere is it?`, unthreaded],
		['a contact form below a line of text', `New request:\n\n${form}\n\nWhere is it?`, unthreaded],
		['a contact form in a conversation', `New request:\n\n${form}\n\nMessage:\nWhere is it?`, threaded],
		['a form with more fields', `New request:\n\n${form}\nPhone: 030 1234567\n\nWhere is it?`, threaded],
		['a journey', 'Please book:\nFrom: Berlin\nTo: Hamburg\nDate: 23 Nov 2026\nPassengers: 2\nThank you', threaded],
		['a journey without passengers', 'Please book\nFrom: Berlin\nTo: Hamburg\nDate: 23 Nov 2026\n\nThank you', threaded],
		['an address and a colon', 'Please contact\nAnn <ann@example.com>:\nShe will tell you.', threaded],
		['a date and a colon', 'We come on 23 Nov 2026 at 10:00:\n\nAnn and I.', threaded],
		['a date, an address and a colon', 'On 23 Nov 2026 at 10:00 please call Ann <ann@example.com>:\nShe knows.', threaded],
		['a heading with date and address', 'Hi\n\nReport of 23.11.2026 10:00, Ann <ann@example.com>:\nAll good.', threaded],
		['somebody who wrote', 'On 23 Nov 2026 Bob wrote:\nI will come.\nIs that right?', threaded],
		['a hearsay', 'On 23 Nov 2026 your colleague from the shop told me that Bob wrote:\n\nI will come.', threaded],
		[
			'a quotation in a mail that answers nothing',
			`On Mon, 23 Nov 2026 at 10:00, ${bob} wrote:\n\nI pay.\n\nHe did not.`,
			unthreaded,
		],
		['a rule between paragraphs', 'First.\n\n--\n\nSecond, with more words in it.', threaded],
		['a rule of RFC 3676 between paragraphs', 'First.\n-- \nPlease cancel order 17 as well.\nThank you for it.', threaded],
		['something after a signature', 'Thank you.\n-- \nZoe\n\nPS: please cancel order 18 too.', threaded],
		['a citation', 'The page says:\n> Press the button\nIt has none.', unthreaded],
		['a citation after a colon', 'Run this:\n> npm start\nand it prints\n> error 42', unthreaded],
		[
			'a text to translate',
			'Please translate.\n\n-----Original Message-----\nFrom: x\nSent: today\nTo: y\nSubject: z\n\nHi',
			unthreaded,
		],
		['lines above a name in lower case', 'Send it to:\nann@example.net:\nThanks\nZoe', threaded],
		['what somebody told', 'On 23 Nov 2026 at 10:00 he wrote:\nI will come.', threaded],
		['a citation at the end', 'The error is:\n\n> file not found', threaded],
		['a citation without a colon', 'Dear all,\n\n> To be or not to be\n\nThink of it.', unthreaded],
		['a line that mbox escaped', 'Hello,\n>From here it is far.', threaded],
		['a table', '| Name | Count |\n| Screw | 7 |', threaded],
		['what was sent with something', 'Please look.\n\nSent with a courier yesterday.', threaded],
		['what was ordered from the phone', 'See:\nSent from my iPhone shop', threaded],
		['an empty answer', `On Mon, 23 Nov 2026 at 10:00, ${bob} wrote:\n> Hi`, threaded],
		['a forwarded mail without a word', `---------- Forwarded message ---------\n${form}\n\nHi`, ['Subject: Fwd: Order 17']],
		[
			'what somebody wrote to the sender',
			'Hi,\n\nam 23.11.2026 um 10:00 schrieb mir Herr Bär <b@example.com>:\n\nIt comes.',
			threaded,
		],
		['what a partner wrote', 'Sir,\n\nOn 23 Nov 2026, the buyer (Acme, b@example.com) wrote:\n\nWe accept.', threaded],
		['a journey with a title', 'Please book\nVon: Berlin\nAn: Hamburg\nDatum: 23.11.2026 10:00\nBetreff: Reise 17', threaded],
		[
			'a form that names its text',
			'New\n\nFrom: Ann <a@example.net>\nDate: 23 Nov 2026 10:00\nSubject: x\nMessage:\nHow?',
			threaded,
		],
		['rules between paragraphs', 'First.\n--\nSecond is longer and says more.\n--\nThird.', threaded],
		['a motto', 'I agree.\n\nAs Shakespeare wrote:\n\n> To be or not to be', unthreaded],
		['stress', '>> Please look at this <<\nThank you', threaded],
		['a heading', '--- Travel ---\nFrom: Berlin\nTo: Hamburg\nDate: 23 Nov 2026', threaded],
	])('%s', async (_name, text, header) => {
		expect(await read(text, header)).toEqual({ replyText: text.replace('-- \n', '--\n') });
	});

	it('a citation above a history that does not hold it', async () => {
		const history = `On Mon, 23 Nov 2026 at 10:00, ${bob} wrote:\n> Please try`;
		expect((await read(`The page says\n\n> Press\n\nIt has none.\n\n${history}`)).replyText).toBe(
			'The page says\n\n> Press\n\nIt has none.',
		);
		expect((await read(`Hello\n> Please try\nI did.\n\n${history}`)).replyText).toBe('Hello\nI did.');
	});

	it('a block quote of html', async () => {
		const html = '<p>He said:</p><blockquote>I pay</blockquote><p>He did not.</p>';
		expect((await read(html, unthreaded, 'text/html')).replyText).toContain('I pay');
	});

	it('a line above the name in the attribution', async () => {
		const { replyText } = await read(`Meet me on 23.11.2026\n${bob} wrote:\n> Hi`, threaded);
		expect(replyText).toBe('Meet me on 23.11.2026');
	});
});

describe('history without a known attribution', () => {
	it.each([
		['marks only', '> Coming?\n\nYes', 'Yes'],
		['a name only', 'Yes\n\nBob Builder wrote:\n> Coming?', 'Yes'],
		['a title', 'Yes\n\n-------- Původní zpráva --------\nOd: Bob\n\nHi', 'Yes'],
		['a title of hyphens that are none', `Yes\n\n‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐\nOn Monday, ${bob} wrote:\n\nHi`, 'Yes'],
		['no marks', `Yes\n\nOn Mon, 23 Nov 2026 at 10:00, ${bob} wrote:\n\nComing?`, 'Yes'],
		['pipes', `Yes\n\nOn Mon, 23 Nov 2026 at 10:00, ${bob} wrote:\n| Coming?\n\nOr no`, 'Yes\n\nOr no'],
		['a name in lower case', 'Yes\n\nOn 23/11/2026 10:00, bob wrote:\n> Coming?', 'Yes'],
		['a date that is followed by a year', 'Yes\n\nOp 09-03-2025 om 08:30 schreef Bob:\n> Coming?', 'Yes'],
		['a wrap within brackets', `Yes\n\n${bob} ezt írta (időpont: 2026. nov.\n23., H, 10:00):\n\n> Coming?`, 'Yes'],
		['a short first line', `Yes\n\nOn Mon, Nov\n23, 2026 at 10:00 AM\n${bob} wrote:\n> Hi`, 'Yes'],
		['a wrap behind the verb', 'Yes\n\nBob Builder wrote on\n23.11.2026 10:00:\n> Hi', 'Yes'],
		['a name cut in two', 'Yes\n\nOn November 23, 2026, Bob\nBuilder <bob@example.com> wrote:\n> Hi', 'Yes'],
		['Yahoo of old', 'Yes\n\n--- On Mon, 11/23/26, Bob <bob@example.com> wrote:\n\nHi', 'Yes'],
		['NetEase', 'Yes\n\n---- Replied Message ----\n| From | Bob<bob@example.com> |\n| Date | 11/23/2026 10:00 |\n\nHi', 'Yes'],
		['HCL Notes', 'Yes\n\nBob Builder ---23/11/2026 10:00:00---Dear Zoe\n\nHi', 'Yes'],
		['BlackBerry', `Yes\n\n  Original Message  \nFrom: ${bob}\nSent: 23.11.2026 10:00\nTo: Zoe\n\nHi`, 'Yes'],
		['SFR', `Yes\n\n=====\nMessage du : 23/11/2026 10:00\nDe : ${bob}\nA : zoe@example.org\nSujet : x\n\nHi`, 'Yes'],
		['Centrum', 'Yes\n\n______________________\n> Od: "Bob" <bob@example.com>\n> Datum: 23.11.2026\n>\n> Hi', 'Yes'],
		['a line to write above', 'Yes\n\n— Reply above this line —\n\nBob commented', 'Yes'],
		['Horde', `Yes\n\nQuoting ${bob}:\n\n> Coming?`, 'Yes'],
		['a language that is not known', `Yes\n\nMnamo Jum, 23 Nov 2026 saa 10:00 ${bob} aliandika:\n> Coming?`, 'Yes'],
		['a telephone', `Yes\n\nSent from my iPhone\n\nOn 23 Nov 2026, at 10:00, ${bob} wrote:\n> Hi`, 'Yes'],
	])('%s', async (_name, text, expected) => {
		expect((await read(text)).replyText).toBe(expected);
	});
});
