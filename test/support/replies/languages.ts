/** How mail programs introduce a quotation in one language, and what somebody writes in it. */
export interface Language {
	/** BCP 47: dates are written as this language has them. */
	code: string;
	/**
	 * The lines above a quotation of Gmail, Apple Mail, Thunderbird and Yahoo. {g} is the date as Gmail shortens it, {a} as Apple does, {n}
	 * in numbers, {f} in full, {t} the time, {who} name and address, {name} the name.
	 */
	gmail: string;
	apple: string;
	thunderbird: string;
	yahoo: string;
	/** Labels of sender, date, recipient and subject in Outlook. */
	labels: string;
	/** "Original Message" and "Forwarded message". */
	titles: [original: string, forwarded: string];
	sentFromPhone: string;
	/** A question, a sentence of two lines, a line that ends in a colon, a greeting. */
	lines: [string, string, string, string];
}

const table: Array<[code: string, introductions: string[], labels: string, titles: string[], lines: string[]]> = [
	[
		'en-GB',
		[
			'On {g} at {t}, {who} wrote:',
			'On {a}, at {t}, {who} wrote:',
			'On {n} {t}, {name} wrote:',
			'On {f} at {t} GMT, {who} wrote:',
		],
		'From|Sent|To|Subject',
		['Original Message', 'Forwarded message', 'Sent from my iPhone'],
		['When does it arrive?', 'On Monday the driver wrote\nthat it is lost.', 'Please send it to:', 'Kind regards'],
	],
	[
		'en-US',
		[
			'On {g} at {t} {who} wrote:',
			'On {a}, at {t}, {who} wrote:',
			'On {n} {t}, {name} wrote:',
			'On {f} at {t} EST, {who} wrote:',
		],
		'From|Sent|To|Subject',
		['Original Message', 'Forwarded message', 'Sent from my iPhone'],
		['Could you call me?', 'At 10:30 Ann wrote back,\nand said no.', 'We need:', 'Thanks'],
	],
	[
		'de',
		[
			'Am {g} um {t} Uhr schrieb {who}:',
			'Am {a} um {t} schrieb {who}:',
			'Am {n} um {t} schrieb {name}:',
			'Am {f} um {t} MEZ hat {who} Folgendes geschrieben:',
		],
		'Von|Gesendet|An|Betreff',
		['Ursprüngliche Nachricht', 'Weitergeleitete Nachricht', 'Von meinem iPhone gesendet'],
		['Wann kommt die Ware?', 'Am Montag schrieb der Fahrer,\ndass sie fehlt.', 'Bitte an:', 'Viele Grüße'],
	],
	[
		'fr',
		[
			'Le {g} à {t}, {who} a écrit :',
			'Le {a} à {t}, {who} a écrit :',
			'Le {n} à {t}, {name} a écrit :',
			'Le {f} à {t} UTC+1, {who} a écrit :',
		],
		'De|Envoyé|À|Objet',
		['Message d’origine', 'Message transféré', 'Envoyé de mon iPhone'],
		['Quand arrive le colis ?', 'Le lundi, le livreur a écrit\nqu’il est perdu.', 'À envoyer à :', 'Cordialement'],
	],
	[
		'es',
		[
			'El {g} a las {t}, {name} (<{address}>) escribió:',
			'El {a}, a las {t}, {who} escribió:',
			'El {n} a las {t}, {name} escribió:',
			'En {f}, {t} CET, {who} escribió:',
		],
		'De|Enviado el|Para|Asunto',
		['Mensaje original', 'Mensaje reenviado', 'Enviado desde mi iPhone'],
		['¿Cuándo llega?', 'El lunes escribió el conductor\nque se perdió.', 'Por favor, a:', 'Un saludo'],
	],
	[
		'it',
		[
			'Il giorno {g} alle ore {t} {who} ha scritto:',
			'Il giorno {a}, alle ore {t}, {who} ha scritto:',
			'Il {n} {t}, {name} ha scritto:',
			'Il {f} alle ore {t} CET, {who} ha scritto:',
		],
		'Da|Inviato|A|Oggetto',
		['Messaggio originale', 'Messaggio inoltrato', 'Inviato da iPhone'],
		['Quando arriva?', 'Il lunedì l’autista ha scritto\nche è perso.', 'Da spedire a:', 'Cordiali saluti'],
	],
	[
		'pt-BR',
		[
			'Em {g} às {t}, {who} escreveu:',
			'Em {a}, à(s) {t}, {who} escreveu:',
			'Em {n} {t}, {name} escreveu:',
			'Em {f} {t} BRT, {who} escreveu:',
		],
		'De|Enviado|Para|Assunto',
		['Mensagem original', 'Mensagem encaminhada', 'Enviado do meu iPhone'],
		['Quando chega?', 'Na segunda o motorista escreveu\nque se perdeu.', 'Enviar para:', 'Abraços'],
	],
	[
		'pt-PT',
		[
			'{who} escreveu ({g} à(s) {t}):',
			'No dia {a}, às {t}, {who} escreveu:',
			'Às {t} de {n}, {name} escreveu:',
			'Em {f} às {t} WET, {who} escreveu:',
		],
		'De|Enviado|Para|Assunto',
		['Mensagem original', 'Mensagem encaminhada', 'Enviado do meu iPhone'],
		['A que horas chega?', 'O motorista escreveu ontem\nque o perdeu.', 'A enviar a:', 'Cumprimentos'],
	],
	[
		'nl',
		[
			'Op {g} om {t} schreef {who}:',
			'Op {a} om {t} heeft {who} het volgende geschreven:',
			'Op {n} om {t} schreef {name}:',
			'Op {f} om {t} CET schreef {who}:',
		],
		'Van|Verzonden|Aan|Onderwerp',
		['Oorspronkelijk bericht', 'Doorgestuurd bericht', 'Verstuurd vanaf mijn iPhone'],
		['Wanneer komt het?', 'Op maandag schreef de chauffeur\ndat het weg is.', 'Graag naar:', 'Groeten'],
	],
	[
		'sv',
		[
			'Den {g} kl {t} skrev {who}:',
			'{a} kl. {t} skrev {who}:',
			'Den {n} kl. {t}, skrev {name}:',
			'Den {f} {t} CET, {who} skrev:',
		],
		'Från|Skickat|Till|Ämne',
		['Ursprungligt meddelande', 'Vidarebefordrat meddelande', 'Skickat från min iPhone'],
		['När kommer det?', 'I måndags skrev föraren\natt det är borta.', 'Skicka till:', 'Hälsningar'],
	],
	[
		'da',
		[
			'Den {g} kl. {t} skrev {who}:',
			'Den {a} kl. {t} skrev {who}:',
			'Den {n} kl. {t} skrev {name}:',
			'Den {f} {t} CET skrev {who}:',
		],
		'Fra|Sendt|Til|Emne',
		['Oprindelig meddelelse', 'Videresendt meddelelse', 'Sendt fra min iPhone'],
		['Hvornår kommer det?', 'I mandags skrev chaufføren\nat det er væk.', 'Send til:', 'Venlig hilsen'],
	],
	[
		'nb',
		['{g} kl. {t} skrev {who}:', '{a} kl. {t} skrev {who}:', 'Den {n} {t}, skrev {name}:', '{f} kl. {t} CET skrev {who}:'],
		'Fra|Sendt|Til|Emne',
		['Opprinnelig melding', 'Videresendt melding', 'Sendt fra min iPhone'],
		['Når kommer den?', 'På mandag skrev sjåføren\nat den er borte.', 'Send til:', 'Hilsen'],
	],
	[
		'fi',
		[
			'{g} klo {t} {who} kirjoitti:',
			'{who} kirjoitti {a} kello {t}:',
			'{name} kirjoitti {n} klo {t}:',
			'{f} klo {t} UTC+2 {who} kirjoitti:',
		],
		'Lähettäjä|Lähetetty|Vastaanottaja|Aihe',
		['Alkuperäinen viesti', 'Välitetty viesti', 'Lähetetty iPhonesta'],
		['Milloin se tulee?', 'Maanantaina kuljettaja kirjoitti,\nettä se katosi.', 'Lähetä tänne:', 'Terveisin'],
	],
	[
		'cs',
		[
			'{g} v {t} odesílatel {who} napsal:',
			'{a} v {t}, {who}:',
			'Dne {n} v {t} {name} napsal(a):',
			'Dne {f} {t}, uživatel {who} napsal:',
		],
		'Od|Odesláno|Komu|Předmět',
		['Původní zpráva', 'Přeposlaná zpráva', 'Odesláno z iPhonu'],
		['Kdy to přijde?', 'V pondělí řidič napsal,\nže se ztratilo.', 'Pošlete na:', 'S pozdravem'],
	],
	[
		'sk',
		['{g} o {t} {who} napísal(a):', '{a} o {t}, {who}:', 'Dňa {n} o {t} {name} napísal(a):', 'Dňa {f} {t}, {who} napísal(a):'],
		'Od|Odoslané|Komu|Predmet',
		['Pôvodná správa', 'Preposlaná správa', 'Odoslané z iPhonu'],
		['Kedy to príde?', 'V pondelok vodič napísal,\nže sa stratilo.', 'Pošlite na:', 'S pozdravom'],
	],
	[
		'pl',
		[
			'{g} o {t} {who} napisał(a):',
			'Wiadomość napisana przez {who} w dniu {a}, o godz. {t}:',
			'W dniu {n} o {t}, {name} pisze:',
			'W dniu {f} {t} CET użytkownik {who} napisał:',
		],
		'Od|Wysłano|Do|Temat',
		['Wiadomość oryginalna', 'Wiadomość przekazana', 'Wysłane z iPhone’a'],
		['Kiedy to przyjdzie?', 'W poniedziałek kierowca napisał,\nże zginęło.', 'Proszę na:', 'Pozdrawiam'],
	],
	[
		'hu',
		[
			'{who} ezt írta (időpont: {g}, {t}):',
			'{a} dátummal, {t} időpontban {who} írta:',
			'{n} {t} keltezéssel, {name} írta:',
			'{f} {t} CET időpontban {who} ezt írta:',
		],
		'Feladó|Elküldve|Címzett|Tárgy',
		['Eredeti üzenet', 'Továbbított üzenet', 'iPhone-omról küldve'],
		['Mikor jön meg?', 'Hétfőn a sofőr azt írta,\nhogy elveszett.', 'Kérem ide:', 'Üdvözlettel'],
	],
	[
		'tr',
		[
			'{who}, {g}, {t} tarihinde şunu yazdı:',
			'{who} şunları yazdı ({a} {t}):',
			'{n} {t} tarihinde {name} yazdı:',
			'{f} {t} GMT+3 tarihinde, {who} şunu yazdı:',
		],
		'Kimden|Gönderildi|Kime|Konu',
		['Orijinal Mesaj', 'İletilen mesaj', 'iPhone’umdan gönderildi'],
		['Ne zaman gelir?', 'Pazartesi şoför yazdı,\nkaybolmuş.', 'Lütfen buraya:', 'Saygılar'],
	],
	[
		'uk',
		['{g} о {t} {who} пише:', '{a} о {t} {who} написав(-ла):', '{n} {t}, {name} пише:', '{f}, {t} {who} написав(ла):'],
		'Від|Надіслано|Кому|Тема',
		['Початкове повідомлення', 'Переслане повідомлення', 'Надіслано з iPhone'],
		['Коли воно прийде?', 'У понеділок водій написав,\nщо воно зникло.', 'Прошу на:', 'З повагою'],
	],
	[
		'ro',
		[
			'În {g} la {t}, {who} a scris:',
			'Pe {a}, la {t}, {who} a scris:',
			'La {n} {t}, {name} a scris:',
			'În {f} la {t} EET, {who} a scris:',
		],
		'De la|Trimis|Către|Subiect',
		['Mesaj original', 'Mesaj redirecționat', 'Trimis de pe iPhone'],
		['Când ajunge?', 'Luni șoferul a scris\ncă s-a pierdut.', 'Vă rog la:', 'Cu stimă'],
	],
	[
		'el',
		[
			'Στις {g} στις {t}, ο χρήστης {who} έγραψε:',
			'Στις {a}, {t}, ο/η {who} έγραψε:',
			'Στις {n} {t}, ο/η {name} έγραψε:',
			'Στις {f} στις {t} EET, ο χρήστης {who} έγραψε:',
		],
		'Από|Στάλθηκε|Προς|Θέμα',
		['Αρχικό μήνυμα', 'Προωθημένο μήνυμα', 'Στάλθηκε από το iPhone μου'],
		['Πότε θα έρθει;', 'Τη Δευτέρα ο οδηγός έγραψε\nότι χάθηκε.', 'Παρακαλώ στο:', 'Ευχαριστώ'],
	],
	[
		'ru',
		['{g} в {t}, {who}:', '{a}, в {t}, {who} написал(а):', '{n} {t}, {name} пишет:', '{f}, {t} +03:00 от {who}:'],
		'От|Отправлено|Кому|Тема',
		['Исходное сообщение', 'Пересылаемое сообщение', 'Отправлено с iPhone'],
		['Когда придёт?', 'В понедельник водитель написал,\nчто она пропала.', 'Прошу на:', 'С уважением'],
	],
	[
		'bg',
		[
			'На {g} в {t} {who} написа:',
			'На {a}, в {t}, {who} написа:',
			'На {n} г. в {t}, {name} написа:',
			'В {f} в {t} EET, {who} написа:',
		],
		'От|Изпратено|До|Относно',
		['Оригинално съобщение', 'Препратено съобщение', 'Изпратено от моя iPhone'],
		['Кога ще дойде?', 'В понеделник шофьорът написа,\nче е изчезнало.', 'Моля на:', 'Поздрави'],
	],
	[
		'hr',
		[
			'{g} u {t} {who} napisao je:',
			'Dana {a}, u {t}, {who} je napisao/la:',
			'Dana {n} u {t}, {name} je napisao/la:',
			'U {f} {t} CET, {who} je napisao:',
		],
		'Šalje|Poslano|Prima|Predmet',
		['Izvorna poruka', 'Proslijeđena poruka', 'Poslano s mog iPhonea'],
		['Kada stiže?', 'U ponedjeljak je vozač napisao\nda je nestalo.', 'Molim na:', 'Pozdrav'],
	],
	[
		'sl',
		[
			'V V {g} ob {t} je oseba {who} napisala:',
			'{a}, ob {t}, je {who} napisal:',
			'Dne {n} ob {t} je {name} napisal(a):',
			'V {f} ob {t} CET je {who} napisal/-a:',
		],
		'Od|Poslano|Za|Zadeva',
		['Izvirno sporočilo', 'Posredovano sporočilo', 'Poslano iz mojega iPhona'],
		['Kdaj pride?', 'V ponedeljek je voznik napisal,\nda je izginilo.', 'Prosim na:', 'Lep pozdrav'],
	],
	[
		'et',
		[
			'{who} kirjutas kuupäeval {g} kell {t}:',
			'{a} kell {t} kirjutas {who}:',
			'{name} kirjutas {n} kell {t}:',
			'{f} kell {t} EET kirjutas {who}:',
		],
		'Saatja|Saadetud|Adressaat|Teema',
		['Algne sõnum', 'Edastatud sõnum', 'Saadetud minu iPhone’ist'],
		['Millal see tuleb?', 'Esmaspäeval kirjutas juht,\net see kadus.', 'Palun siia:', 'Lugupidamisega'],
	],
	[
		'lv',
		[
			'{g}, plkst. {t} — lietotājs {who} rakstīja:',
			'{a} {t} {who} rakstīja:',
			'{name} rakstīja {n} {t}:',
			'{f} plkst. {t} EET {who} rakstīja:',
		],
		'No|Nosūtīts|Kam|Tēma',
		['Sākotnējais ziņojums', 'Pārsūtīts ziņojums', 'Nosūtīts no mana iPhone'],
		['Kad tas pienāks?', 'Pirmdien šoferis rakstīja,\nka tas pazudis.', 'Lūdzu uz:', 'Ar cieņu'],
	],
	[
		'lt',
		['{g}, {t} {who} rašė:', '{a}, {t}, {who} parašė:', '{n} {t}, {name} rašė:', '{f} {t} EET, {who} parašė:'],
		'Nuo|Išsiųsta|Kam|Tema',
		['Pradinis laiškas', 'Persiųstas laiškas', 'Išsiųsta iš mano iPhone'],
		['Kada ateis?', 'Pirmadienį vairuotojas rašė,\nkad dingo.', 'Prašau į:', 'Pagarbiai'],
	],
	[
		'ja',
		['{g} {t} {who}:', '{a} {t}、{who}のメール:', 'On {n} {t}, {name} wrote:', '{f} {t} JST, {who} さんは書きました:'],
		'差出人|送信日時|宛先|件名',
		['元のメッセージ', '転送メッセージ', 'iPhoneから送信'],
		['いつ届きますか？', '月曜日に運転手が書きました。\n見つからないそうです。', '送り先：', 'よろしくお願いします'],
	],
	[
		'zh-CN',
		['{who} 于{g} {t}写道：', '在 {a}，{t}，{who} 写道：', '在 {n} {t}, {name} 写道:', '在 {f} {t} GMT+8，{who} 写道：'],
		'发件人|发送时间|收件人|主题',
		['原始邮件', '转发的邮件', '从我的iPhone发送'],
		['什么时候到？', '星期一司机写道，\n东西丢了。', '请寄到：', '谢谢'],
	],
	[
		'zh-TW',
		['{who} 於 {g} {t}寫道：', '{who} 於 {a} {t} 寫道：', '{name} 於 {n} {t} 寫道:', '{who} 在 {f} {t} GMT+8 寫道：'],
		'寄件者|寄件日期|收件者|主旨',
		['原始郵件', '轉寄的郵件', '從我的iPhone傳送'],
		['什麼時候到？', '星期一司機寫道，\n東西不見了。', '請寄到：', '謝謝'],
	],
	[
		'ko',
		['{g} {t}, {who}님이 작성:', '{a} {t}, {who} 작성:', '{n} {t}에 {name} 이(가) 쓴 글:', '{f} {t} GMT+9, {who}님이 작성:'],
		'보낸 사람|보낸 날짜|받는 사람|제목',
		['원본 메시지', '전달된 메시지', '나의 iPhone에서 보냄'],
		['언제 도착하나요?', '월요일에 기사가 썼습니다.\n없어졌다고 합니다.', '보낼 곳:', '감사합니다'],
	],
	[
		'he',
		[
			'‫בתאריך {g} ב-{t} מאת {who}:‬',
			'ב-{a}, בשעה {t}, ‏{who} כתב/ה:',
			'בתאריך {n} {t}, {name} כתב:',
			'ב-{f} בשעה {t}, {who} כתב:',
		],
		'מאת|נשלח|אל|נושא',
		['הודעה מקורית', 'הודעה שהועברה', 'נשלח מה-iPhone שלי'],
		['מתי זה מגיע?', 'ביום שני הנהג כתב\nשזה אבד.', 'נא לשלוח אל:', 'בברכה'],
	],
	[
		'ar',
		[
			'في {g} في {t} تمت كتابة ما يلي بواسطة {who}:',
			'في {a}، الساعة {t}، كتب {who}:',
			'في {n} {t}، كتب {name}:',
			'في {f} {t} GMT+3، كتب {who}:',
		],
		'من|تم الإرسال|إلى|الموضوع',
		['الرسالة الأصلية', 'رسالة معاد توجيهها', 'أُرسلت من الـ iPhone'],
		['متى تصل؟', 'يوم الاثنين كتب السائق\nأنها ضاعت.', 'الرجاء إلى:', 'مع التحية'],
	],
	[
		'vi',
		[
			'Vào {g} vào lúc {t} {who} đã viết:',
			'Vào {t}, {a}, {who} đã viết:',
			'Vào {n} {t}, {name} đã viết:',
			'Vào {f} lúc {t} GMT+7, {who} đã viết:',
		],
		'Từ|Đã gửi|Đến|Chủ đề',
		['Thư gốc', 'Thư được chuyển tiếp', 'Đã gửi từ iPhone của tôi'],
		['Khi nào đến?', 'Thứ hai tài xế viết\nlà đã mất.', 'Xin gửi đến:', 'Trân trọng'],
	],
	[
		'id',
		[
			'Pada {g} pukul {t} {who} menulis:',
			'Pada {a}, pukul {t}, {who} menulis:',
			'Pada {n} {t}, {name} menulis:',
			'Pada {f} pukul {t} WIB, {who} menulis:',
		],
		'Dari|Dikirim|Kepada|Perihal',
		['Pesan asli', 'Pesan terusan', 'Dikirim dari iPhone saya'],
		['Kapan sampai?', 'Senin lalu sopir menulis\nbahwa hilang.', 'Tolong ke:', 'Salam'],
	],
	[
		'ca',
		[
			'Missatge de {who} del dia {g} a les {t}:',
			'El {a}, a les {t}, {who} va escriure:',
			'El {n} {t}, {name} ha escrit:',
			'El {f} a les {t} CET, {who} va escriure:',
		],
		'De|Enviat|Per a|Assumpte',
		['Missatge original', 'Missatge reenviat', 'Enviat des de l’iPhone'],
		['Quan arriba?', 'Dilluns el xofer va escriure\nque s’ha perdut.', 'Envieu-ho a:', 'Salutacions'],
	],
];

export const languages: readonly Language[] = table.map(([code, [gmail, apple, thunderbird, yahoo], labels, titles, lines]) => ({
	code,
	gmail,
	apple,
	thunderbird,
	yahoo,
	labels,
	titles: [titles[0], titles[1]],
	sentFromPhone: titles[2],
	lines: [lines[0], lines[1], lines[2], lines[3]],
}));
