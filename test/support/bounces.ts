import { chance } from './chance';

/** A report of a failed or late delivery, and what it says. */
export interface PlayedBounce {
	kind: string;
	header: string[];
	body: string[];
	recipients: string[];
	/** RFC 3463, where the report has one. */
	status?: string;
	isDelayed: boolean;
}

/** What a report is about. */
interface Failure {
	recipients: string[];
	/** What the other server said: "550 5.1.1 User unknown", and the same without its enhanced status. */
	refusal: string;
	status: string;
	original: string[];
}

type Written = Pick<PlayedBounce, 'header' | 'body'> & { status?: string | null };
type Kind = [name: string, isDelayed: boolean, write: (failure: Failure) => Written];

const refusals: Array<[status: string, refusal: string]> = [
	['5.1.1', '550 5.1.1 User unknown'],
	['5.2.2', '552 5.2.2 Mailbox full'],
	['5.7.1', '554 5.7.1 Message rejected as spam'],
	['5.4.4', '550 5.4.4 Host not found'],
	['5.2.1', '550 5.2.1 The account is disabled'],
];
const delays: Array<[status: string, refusal: string]> = [
	['4.4.1', '421 4.4.1 Connection timed out'],
	['4.7.1', '451 4.7.1 Greylisted, try again later'],
	['4.2.2', '452 4.2.2 Mailbox full'],
];

const daemon = (subject: string, from = 'Mail Delivery System <MAILER-DAEMON@mx.example.com>'): string[] => [
	`From: ${from}`,
	'To: zoe@example.org',
	`Subject: ${subject}`,
	'Content-Type: text/plain; charset=utf-8',
];

const report = (subject: string, action: string, { recipients, refusal, status, original }: Failure): Written => ({
	header: [
		...daemon(subject).slice(0, 3),
		'MIME-Version: 1.0',
		'Content-Type: multipart/report; report-type=delivery-status; boundary="r"',
	],
	body: [
		'--r',
		'Content-Type: text/plain',
		'',
		'This is the mail system at host mx.example.com.',
		'--r',
		'Content-Type: message/delivery-status',
		'',
		'Reporting-MTA: dns; mx.example.com',
		...recipients.flatMap((recipient) => [
			'',
			`Final-Recipient: rfc822; ${recipient}`,
			`Action: ${action}`,
			`Status: ${status}`,
			`Diagnostic-Code: smtp; ${refusal}`,
		]),
		'',
		'--r',
		'Content-Type: text/rfc822-headers',
		'',
		...original,
		'--r--',
	],
});

/** Exchange's words for "undeliverable" and what stands above the recipients, in its users' languages. */
const exchange: Array<[code: string, subject: string, sentence: string]> = [
	['en', 'Undeliverable: Order', 'Delivery has failed to these recipients or groups:'],
	['de', 'Unzustellbar: Order', 'Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:'],
	['fr', 'Non remis : Order', 'Échec de la remise à ces destinataires ou groupes :'],
	['es', 'No se puede entregar: Order', 'No se pudo entregar el mensaje a estos destinatarios o grupos:'],
	['it', 'Non recapitabile: Order', 'Impossibile recapitare il messaggio a questi destinatari o gruppi:'],
	['pt', 'Não é possível entregar: Order', 'Falha na entrega a estes destinatários ou grupos:'],
	['nl', 'Onbestelbaar: Order', 'De bezorging bij deze geadresseerden of groepen is mislukt:'],
	['sv', 'Det går inte att leverera: Order', 'Det gick inte att leverera till följande mottagare eller grupper:'],
	['da', 'Kan ikke leveres: Order', 'Levering til disse modtagere eller grupper mislykkedes:'],
	['nb', 'Kan ikke leveres: Order', 'Levering til disse mottakerne eller gruppene mislyktes:'],
	['fi', 'Toimittamaton: Order', 'Toimitus näille vastaanottajille tai ryhmille epäonnistui:'],
	['pl', 'Nie można dostarczyć: Order', 'Dostarczenie do następujących adresatów lub grup nie powiodło się:'],
	['cs', 'Nedoručitelné: Order', 'Doručení těmto příjemcům nebo skupinám se nezdařilo:'],
	['sk', 'Nedoručiteľné: Order', 'Doručenie týmto príjemcom alebo skupinám zlyhalo:'],
	['hu', 'Kézbesíthetetlen: Order', 'Nem sikerült a kézbesítés a következő címzetteknek:'],
	['tr', 'Teslim edilemedi: Order', 'Şu alıcılara veya gruplara teslim edilemedi:'],
	['ro', 'Imposibil de livrat: Order', 'Livrarea către acești destinatari sau grupuri nu a reușit:'],
	['el', 'Δεν είναι δυνατή η παράδοση: Order', 'Η παράδοση σε αυτούς τους παραλήπτες ή ομάδες απέτυχε:'],
	['ru', 'Не удается доставить: Order', 'Не удалось выполнить доставку следующим получателям или группам:'],
	['uk', 'Не вдалося доставити: Order', 'Не вдалося доставити таким одержувачам або групам:'],
	['ja', '配信不能: Order', '次の受信者またはグループへの配信に失敗しました:'],
	['zh', '无法送达: Order', '未能向这些收件人或组传递邮件:'],
	['ko', '배달되지 않음: Order', '다음 받는 사람 또는 그룹에게 배달하지 못했습니다.'],
];

/** Gmail's sentence about an address that it did not find, with the address in it. */
const gmail: Array<[code: string, title: string, sentence: string, response: string]> = [
	[
		'en',
		'** Address not found **',
		'Your message wasn’t delivered to {bob} because the address couldn’t be found, or is unable to receive mail.',
		'The response was:',
	],
	[
		'de',
		'** Adresse nicht gefunden **',
		'Deine Nachricht wurde nicht an {bob} zugestellt, weil die Adresse nicht gefunden wurde oder keine E-Mails empfangen kann.',
		'Antwort:',
	],
	[
		'fr',
		'** Adresse introuvable **',
		'Votre message n’est pas parvenu à {bob}, car l’adresse est introuvable ou ne peut recevoir de messages.',
		'Réponse :',
	],
	[
		'es',
		'** No se ha encontrado la dirección **',
		'Tu mensaje no se ha entregado a {bob} porque no se ha encontrado la dirección.',
		'Respuesta:',
	],
	[
		'it',
		'** Indirizzo non trovato **',
		'Il messaggio non è stato consegnato a {bob} perché l’indirizzo non è stato trovato.',
		'Risposta:',
	],
	[
		'pt',
		'** Endereço não encontrado **',
		'Sua mensagem não foi entregue a {bob} porque o endereço não foi encontrado.',
		'A resposta foi:',
	],
	[
		'nl',
		'** Adres niet gevonden **',
		'Je bericht is niet bezorgd bij {bob} omdat het adres niet kan worden gevonden.',
		'De reactie was:',
	],
	[
		'pl',
		'** Nie znaleziono adresu **',
		'Wiadomość do {bob} nie została dostarczona, ponieważ nie znaleziono adresu.',
		'Odpowiedź:',
	],
	['ru', '** Адрес не найден **', 'Ваше письмо не доставлено получателю {bob}, поскольку адрес не найден.', 'Ответ:'],
	['uk', '** Адресу не знайдено **', 'Ваше повідомлення не доставлено на адресу {bob}, оскільки її не знайдено.', 'Відповідь:'],
	['tr', '** Adres bulunamadı **', 'İletiniz {bob} adresine teslim edilemedi, çünkü adres bulunamadı.', 'Yanıt:'],
	['ja', '** アドレス不明 **', 'アドレスが見つからないため、{bob} にメールを送信できませんでした。', '返答:'],
	['zh', '** 找不到地址 **', '由于系统找不到 {bob} 这个地址，您的邮件未能送达。', '响应如下：'],
	['ko', '** 주소를 찾을 수 없음 **', '{bob} 주소를 찾을 수 없어 메일이 전송되지 않았습니다.', '응답:'],
	['cs', '** Adresa nenalezena **', 'Zpráva nebyla doručena na adresu {bob}, protože adresa nebyla nalezena.', 'Odpověď:'],
];

const kinds: Kind[] = [
	['RFC 3464', false, (f) => report('Undelivered Mail Returned to Sender', 'failed', f)],
	['RFC 3464, late', true, (f) => report('Delayed Mail (still being retried)', 'delayed', f)],
	[
		'RFC 3464, a part for each recipient',
		false,
		({ recipients, refusal, status }) => ({
			header: [...daemon('Returned mail').slice(0, 3), 'Content-Type: multipart/report; boundary=r'],
			body: [
				...recipients.flatMap((recipient) => [
					'--r',
					'Content-Type: message/delivery-status',
					'',
					'Reporting-MTA: dns; mx.example.com',
					'',
					`Original-Recipient: rfc822;${recipient}`,
					'Action: failed',
					'Status: 5.0.0',
					`Diagnostic-Code: smtp; ${refusal}`,
					'',
				]),
				'--r--',
			],
			status,
		}),
	],
	[
		'the fields in the text only',
		false,
		({ recipients, refusal, status }) => ({
			header: daemon('Delivery failure'),
			body: [
				'Sorry, it failed.',
				'',
				'Reporting-MTA: dns; mx.example.com',
				...recipients.flatMap((recipient) => [
					'',
					`Final-Recipient: RFC822; ${recipient}`,
					'Action: failed',
					'Status: 5.0.0',
					`Diagnostic-Code: smtp; ${refusal}`,
				]),
			],
			status,
		}),
	],
	[
		'Postfix',
		false,
		({ recipients, refusal, original }) => ({
			header: daemon('Undelivered Mail Returned to Sender'),
			body: [
				'This is the mail system at host mx.example.com.',
				'',
				"I'm sorry to have to inform you that your message could not",
				"be delivered to one or more recipients. It's attached below.",
				'',
				'                   The mail system',
				'',
				...recipients.flatMap((recipient) => [
					`<${recipient}>: host mx.example.net[192.0.2.1] said: ${refusal.slice(0, 9)}`,
					`    <${recipient}>: Recipient address rejected: ${refusal.slice(10)} (in reply to`,
					'    RCPT TO command)',
					'',
				]),
				...original,
			],
		}),
	],
	[
		'Postfix, in its own words',
		false,
		({ recipients }) => ({
			header: daemon('Undelivered Mail Returned to Sender'),
			body: [
				'This is the mail system at host mx.example.com.',
				'',
				...recipients.flatMap((recipient) => [`<${recipient}>: unknown user: "${recipient.split('@')[0]}"`, '']),
			],
			status: null,
		}),
	],
	[
		'Postfix, late',
		true,
		({ recipients, refusal }) => ({
			header: daemon('Delayed Mail (still being retried)'),
			body: [
				'This is the mail system at host mx.example.com.',
				'',
				'####################################################################',
				'# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #',
				'####################################################################',
				'',
				'Your message could not be delivered for more than 4 hour(s).',
				'It will be retried until it is 5 day(s) old.',
				'',
				...recipients.flatMap((recipient) => [
					`<${recipient}>: host mx.example.net[192.0.2.1] said: ${refusal} (in reply to RCPT TO command)`,
					'',
				]),
			],
		}),
	],
	[
		'Exim',
		false,
		({ recipients, refusal, original }) => ({
			header: [...daemon('Mail delivery failed: returning message to sender'), `X-Failed-Recipients: ${recipients.join(', ')}`],
			body: [
				'This message was created automatically by mail delivery software.',
				'',
				'A message that you sent could not be delivered to one or more of its',
				'recipients. This is a permanent error. The following address(es) failed:',
				'',
				...recipients.flatMap((recipient) => [
					`  ${recipient}`,
					'    host mx.example.net [192.0.2.1]',
					`    SMTP error from remote mail server after RCPT TO:<${recipient}>:`,
					`    ${refusal}`,
				]),
				'',
				'------ This is a copy of the message, including all the headers. ------',
				'',
				...original,
			],
		}),
	],
	[
		'Exim, without the field',
		false,
		({ recipients }) => ({
			header: daemon('Mail delivery failed: returning message to sender'),
			body: [
				'The following address(es) failed:',
				'',
				...recipients.flatMap((recipient) => [`  ${recipient}`, '    Unrouteable address']),
			],
			status: null,
		}),
	],
	[
		'Exim, late',
		true,
		({ recipients, refusal, status }) => ({
			header: daemon('Warning: message 1kX2Y3-0001Ab-Cd delayed 24 hours'),
			body: [
				'This message was created automatically by mail delivery software.',
				'A message that you sent has not yet been delivered to one or more of its',
				'recipients after more than 24 hours on the queue on mx.example.com.',
				'',
				'The message identifier is:     1kX2Y3-0001Ab-Cd',
				'The subject of the message is: Order 17',
				'',
				'The address to which the message has not yet been delivered is:',
				'',
				...recipients.flatMap((recipient) => [
					`  ${recipient}`,
					`    Delay reason: SMTP error from remote mail server: ${refusal}`,
				]),
				'',
				'No action is required on your part. Delivery attempts will continue for',
				'some time, and this warning may be repeated at intervals if the message',
				'remains undelivered.',
			],
			status,
		}),
	],
	[
		'qmail',
		false,
		({ recipients, refusal, original }) => ({
			header: daemon('failure notice', 'MAILER-DAEMON@mx.example.com'),
			body: [
				'Hi. This is the qmail-send program at mx.example.com.',
				"I'm afraid I wasn't able to deliver your message to the following addresses.",
				"This is a permanent error; I've given up. Sorry it didn't work out.",
				'',
				...recipients.flatMap((recipient) => [
					`<${recipient}>:`,
					'192.0.2.1 does not like recipient.',
					`Remote host said: ${refusal}`,
					'Giving up on 192.0.2.1.',
					'',
				]),
				'--- Below this line is a copy of the message.',
				'',
				...original,
			],
		}),
	],
	[
		'qmail, in its own words',
		false,
		({ recipients, status }) => ({
			header: daemon('failure notice', 'MAILER-DAEMON@mx.example.com'),
			body: [
				'Hi. This is the qmail-send program at mx.example.com.',
				'',
				...recipients.flatMap((recipient) => [`<${recipient}>:`, `Sorry, no mailbox here by that name. (#${status})`, '']),
			],
		}),
	],
	[
		'DragonFly',
		false,
		({ recipients: [recipient], refusal, original }) => ({
			header: daemon('Mail delivery failed', 'MAILER-DAEMON <>'),
			body: [
				'This is the DragonFly Mail Agent v0.13 at host.example.com.',
				'',
				`There was an error delivering your mail to <${recipient}>.`,
				'',
				'mx.example.net [192.0.2.1] did not like our RCPT TO:',
				refusal,
				'',
				'Message headers follow',
				'',
				...original,
			],
		}),
	],
	[
		'Google Groups',
		false,
		({ recipients: [recipient] }) => ({
			header: [
				...daemon('Delivery Status Notification (Failure)', 'Mail Delivery Subsystem <mailer-daemon@googlemail.com>'),
				`X-Failed-Recipients: ${recipient}`,
			],
			body: [
				'Hello zoe@example.org,',
				'',
				`We're writing to let you know that the group you tried to contact (${recipient.split('@')[0]}) may not exist, or you may not have permission to post messages to the group.`,
			],
			status: null,
		}),
	],
	[
		'Gmail of before 2016',
		false,
		({ recipients: [recipient], refusal, original }) => ({
			header: daemon('Delivery Status Notification (Failure)', 'Mail Delivery Subsystem <mailer-daemon@googlemail.com>'),
			body: [
				'Delivery to the following recipient failed permanently:',
				'',
				`     ${recipient}`,
				'',
				'Technical details of permanent failure:',
				'Google tried to deliver your message, but it was rejected by the server for the recipient domain example.net by mx.example.net. [192.0.2.1].',
				'',
				'The error that the other server returned was:',
				refusal,
				'',
				'----- Original message -----',
				'',
				...original,
			],
		}),
	],
	[
		'Gmail of before 2016, late',
		true,
		({ recipients: [recipient], refusal }) => ({
			header: daemon('Delivery Status Notification (Delay)', 'Mail Delivery Subsystem <mailer-daemon@googlemail.com>'),
			body: [
				'This is an automatically generated Delivery Status Notification',
				'',
				'THIS IS A WARNING MESSAGE ONLY.',
				'',
				'YOU DO NOT NEED TO RESEND YOUR MESSAGE.',
				'',
				'Delivery to the following recipient has been delayed:',
				'',
				`     ${recipient}`,
				'',
				'Message will be retried for 2 more day(s)',
				'',
				'Technical details of temporary failure:',
				refusal,
			],
		}),
	],
	...gmail.map(([code, title, sentence, response]): Kind => [
		`Gmail in ${code}`,
		false,
		({ recipients: [recipient], refusal }) => ({
			header: daemon('Delivery Status Notification (Failure)', 'Mail Delivery Subsystem <mailer-daemon@googlemail.com>'),
			body: ['', title, '', sentence.replace('{bob}', recipient), '', response, '', refusal],
		}),
	]),
	[
		'Gmail, late',
		true,
		({ recipients: [recipient], refusal }) => ({
			header: daemon('Delivery Status Notification (Delay)', 'Mail Delivery Subsystem <mailer-daemon@googlemail.com>'),
			body: [
				'** Delivery incomplete **',
				'',
				`There was a temporary problem delivering your message to ${recipient}. Gmail will retry for 47 more hours. You'll be notified if the delivery fails permanently.`,
				'',
				'The response was:',
				'',
				refusal,
			],
		}),
	],
	[
		'Yahoo',
		false,
		({ recipients, refusal, original }) => ({
			header: daemon('Failure Notice', 'MAILER-DAEMON@yahoo.com'),
			body: [
				'Sorry, we were unable to deliver your message to the following address.',
				'',
				...recipients.flatMap((recipient) => [`<${recipient}>:`, refusal, '']),
				'--- Below this line is a copy of the message.',
				'',
				...original,
			],
		}),
	],
	[
		'mail.ru',
		false,
		({ recipients: [recipient], refusal }) => ({
			header: daemon('Mail failure.', 'mailer-daemon@corp.mail.ru'),
			body: [
				'Это письмо создано автоматически сервером Mail.Ru, отвечать на него не нужно.',
				'',
				'К сожалению, Ваше письмо не может быть доставлено одному или нескольким получателям:',
				'',
				'**********************',
				'',
				recipient,
				`Reason: ${refusal}`,
				'',
				'**********************',
			],
		}),
	],
	[
		'Exchange 2003',
		false,
		({ recipients, status }) => ({
			header: daemon('Undeliverable: Order', 'System Administrator <postmaster@example.com>'),
			body: [
				'Your message did not reach some or all of the intended recipients.',
				'',
				'      Subject:\tOrder',
				'      Sent:\t23.11.2026 10:00',
				'',
				'The following recipient(s) could not be reached:',
				'',
				...recipients.flatMap((recipient) => [
					`      ${recipient} on 23.11.2026 10:00`,
					'            There was a SMTP communication problem with the recipient’s email server.',
					`            <mx.example.com #${status}>`,
				]),
			],
		}),
	],
	...exchange.map(([code, subject, sentence]): Kind => [
		`Exchange in ${code}`,
		false,
		({ recipients: [recipient], refusal }) => ({
			header: daemon(subject, 'Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.com>'),
			body: [
				sentence,
				'',
				`Bob Builder (${recipient})<mailto:${recipient}>`,
				'...',
				'',
				'Diagnostic information for administrators:',
				'',
				recipient,
				`Remote Server returned '${refusal}'`,
			],
		}),
	]),
	[
		'Exchange Online',
		false,
		({ recipients: [recipient], refusal, original }) => ({
			header: daemon('Undeliverable: Order', 'Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.com>'),
			body: [
				`Your message to ${recipient} couldn't be delivered.`,
				'',
				`${recipient.split('@')[0]} wasn't found at example.net.`,
				'',
				'zoe\tOffice 365\tbob',
				'Action Required\t\tRecipient',
				'',
				'Original Message Details',
				'Created Date:\t11/23/2026 10:00:00 AM',
				'Sender Address:\tzoe@example.org',
				`Recipient Address:\t${recipient}`,
				'Subject:\tOrder',
				'',
				'Error Details',
				`Reported error:\t${refusal}`,
				'DSN generated by:\tEX.example.com',
				'',
				...original,
			],
		}),
	],
	[
		'Exchange Online, late',
		true,
		({ recipients: [recipient] }) => ({
			header: daemon(
				'Delivery delayed:Order',
				'Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.com>',
			),
			body: [
				'Delivery is delayed to these recipients or groups:',
				'',
				`${recipient}<mailto:${recipient}>`,
				'',
				'Subject: Order',
				'',
				"This message hasn't been delivered yet. Delivery will continue to be attempted.",
			],
			status: null,
		}),
	],
	[
		'Sendmail',
		false,
		({ recipients, refusal, original }) => ({
			header: daemon('Returned mail: see transcript for details', 'Mail Delivery Subsystem <MAILER-DAEMON@mx.example.com>'),
			body: [
				'The original message was received at Mon, 23 Nov 2026 10:00:00 +0100',
				'from host.example.org [192.0.2.7]',
				'',
				'   ----- The following addresses had permanent fatal errors -----',
				...recipients.flatMap((recipient) => [`<${recipient}>`, `    (reason: ${refusal})`]),
				'',
				'   ----- Transcript of session follows -----',
				'... while talking to mx.example.net.:',
				`>>> RCPT To:<${recipients[0]}>`,
				`<<< ${refusal}`,
				'',
				...original,
			],
		}),
	],
	[
		'Sendmail, late',
		true,
		({ recipients: [recipient] }) => ({
			header: daemon(
				'Warning: could not send message for past 4 hours',
				'Mail Delivery Subsystem <MAILER-DAEMON@mx.example.com>',
			),
			body: [
				'    **********************************************',
				'    **      THIS IS A WARNING MESSAGE ONLY      **',
				'    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **',
				'    **********************************************',
				'',
				'The original message was received at Mon, 23 Nov 2026 10:00:00 +0100',
				'',
				'   ----- Transcript of session follows -----',
				`<${recipient}>... Deferred: Connection timed out with mx.example.net.`,
				'Warning: message still undelivered after 4 hours',
				'Will keep trying until message is 5 days old',
			],
			status: null,
		}),
	],
	[
		'Courier',
		false,
		({ recipients, refusal }) => ({
			header: daemon('NOTICE: mail delivery status.', '"Courier mail server at mx.example.com" <@>'),
			body: [
				'This is a delivery status notification from mx.example.com,',
				'running the Courier mail server, version 0.65.',
				'',
				'The original message was received on Mon, 23 Nov 2026 10:00:00 +0100',
				'from zoe@example.org',
				'',
				'---------------------------------------------------------------------------',
				'',
				'                           UNDELIVERABLE MAIL',
				'',
				'Your message to the following recipients cannot be delivered:',
				'',
				...recipients.flatMap((recipient) => [`<${recipient}>:`, '    mx.example.net [192.0.2.1]:', `    <<< ${refusal}`, '']),
				'---------------------------------------------------------------------------',
			],
		}),
	],
	[
		'Domino',
		false,
		({ recipients: [recipient] }) => ({
			header: daemon(`DELIVERY FAILURE: User bob (${recipient}) not listed in Domino Directory`, 'postmaster@example.com'),
			body: [
				'Your message',
				'',
				'  Subject: Order',
				'',
				'was not delivered to:',
				'',
				`  ${recipient}`,
				'',
				'because:',
				'',
				`  User bob (${recipient}) not listed in Domino Directory`,
			],
			status: null,
		}),
	],
	[
		'GroupWise',
		false,
		({ recipients, refusal }) => ({
			header: daemon('Message status - undeliverable', 'Mailer-Daemon@gw.example.com'),
			body: [
				'The message that you sent was undeliverable to the following:',
				...recipients.map((recipient) => `\t${recipient} (${refusal})`),
				'',
				'Possibly truncated original message follows:',
			],
		}),
	],
	[
		'Notes of the nineties',
		false,
		({ recipients: [recipient] }) => ({
			header: daemon('Delivery failure', 'SMTP MTA <MAILER-DAEMON@example.com>'),
			body: [
				'------- Failure Reasons  --------',
				'',
				'User not listed in public Name & Address Book',
				recipient,
				'',
				'------- Returned Message --------',
			],
			status: null,
		}),
	],
	[
		'CommuniGate',
		false,
		({ recipients: [recipient], refusal }) => ({
			header: daemon('Undeliverable mail', '<MAILER-DAEMON@example.com>'),
			body: [
				`Failed to deliver to '${recipient}'`,
				'SMTP module(domain example.net) reports:',
				' host mx.example.net says:',
				` ${refusal}`,
			],
		}),
	],
	[
		'MDaemon',
		false,
		({ recipients: [recipient], refusal }) => ({
			header: daemon('Permanent Delivery Failure', 'MDaemon at mail.example.com <MDaemon@mail.example.com>'),
			body: [
				'The attached message had PERMANENT fatal delivery errors!',
				'',
				`Failed address: ${recipient}`,
				'',
				'--- Session Transcript ---',
				` Mon 2026-11-23 10:00:00: <-- ${refusal}`,
			],
		}),
	],
	[
		'MailEnable',
		false,
		({ recipients: [recipient], refusal }) => ({
			header: daemon('Message Delivery Failure', 'Postmaster@mail.example.com'),
			body: [
				'MailEnable: Message could not be delivered to some recipients.',
				'The following recipient(s) could not be reached:',
				'',
				`\tRecipient: [SMTP:${recipient}]`,
				`\tReason: Remote SMTP Server Returned: ${refusal}`,
			],
		}),
	],
	[
		'hMailServer',
		false,
		({ recipients: [recipient], refusal }) => ({
			header: daemon('Message undeliverable: Order', 'mailer-daemon@mail.example.com'),
			body: [
				'Your message did not reach some or all of the intended recipients.',
				'',
				'   Sent: Mon, 23 Nov 2026 10:00:00 +0100',
				'   Subject: Order',
				'',
				'The following recipient(s) could not be reached:',
				'',
				recipient,
				'   Error Type: SMTP',
				'   Remote server (192.0.2.1) issued an error.',
				`   hMailServer sent: RCPT TO:<${recipient}>`,
				`   Remote server replied: ${refusal}`,
			],
		}),
	],
	[
		'SmarterMail',
		false,
		({ recipients: [recipient], refusal }) => ({
			header: daemon('Delivery Failure', 'System Administrator <postmaster@mail.example.com>'),
			body: [
				'Could not deliver message to the following recipient(s):',
				'',
				`Failed Recipient: ${recipient}`,
				`Reason: Remote host said: ${refusal}`,
			],
		}),
	],
	[
		'GMX, web.de',
		false,
		({ recipients: [recipient], refusal, original }) => ({
			header: daemon('Mail delivery failed: returning message to sender', '"GMX Mailer Daemon" <mailer-daemon@gmx.de>'),
			body: [
				'This message was created automatically by mail delivery software.',
				'',
				'A message that you sent could not be delivered to',
				'one or more of its recipients. This is a permanent error.',
				'',
				'The following address failed:',
				'',
				`${recipient}:`,
				`SMTP error from remote server for RCPT TO command, host: mx.example.net (192.0.2.1) reason: ${refusal}`,
				'',
				'--- The header of the original message is following. ---',
				'',
				...original,
			],
		}),
	],
	[
		'smail',
		false,
		({ recipients: [recipient] }) => ({
			header: daemon('mail failed, returning to sender', '<MAILER-DAEMON@example.com>'),
			body: [
				'|------------------------- Message log follows: -------------------------|',
				' no valid recipients were found for this message',
				'|------------------------- Failed addresses follow: ---------------------|',
				` <${recipient}> ... unknown user`,
				'|------------------------- Message header follows: ----------------------|',
			],
			status: null,
		}),
	],
	[
		'Sun Messaging Server',
		false,
		({ recipients: [recipient], refusal }) => ({
			header: daemon('Delivery Notification: Delivery has failed', 'postmaster@example.com'),
			body: [
				'This report relates to a message you sent with the following header fields:',
				'',
				'  Message-id: <17@example.org>',
				'  From: zoe@example.org',
				'',
				'Your message cannot be delivered to the following recipients:',
				'',
				`  Recipient address: ${recipient}`,
				'  Reason: Remote SMTP server has rejected address',
				`  Diagnostic code: smtp;${refusal}`,
			],
		}),
	],
	[
		'IMail',
		false,
		({ recipients: [recipient] }) => ({
			header: daemon('Undeliverable Mail', 'Postmaster <postmaster@example.com>'),
			body: [`Unknown user: ${recipient}`, '', '', 'Original message follows.'],
			status: null,
		}),
	],
	[
		'QQ',
		false,
		({ recipients: [recipient], refusal }) => ({
			header: daemon('来自qq.com的退信', 'PostMaster@qq.com'),
			body: [
				'尊敬的用户，您好！',
				'',
				'抱歉，您的邮件被退回来了……',
				'',
				'原邮件信息：',
				'主题：Order',
				`收件人：${recipient}`,
				'',
				'退信原因：',
				refusal,
			],
		}),
	],
	[
		'NetEase',
		false,
		({ recipients: [recipient], refusal }) => ({
			header: daemon('系统退信', 'Postmaster@163.com'),
			body: [
				'很抱歉，您的邮件未能送达。',
				'',
				'收件人邮件地址：',
				recipient,
				'',
				'退信原因：',
				`SMTP error, RCPT TO: ${refusal}`,
			],
		}),
	],
	[
		'au',
		false,
		({ recipients: [recipient] }) => ({
			header: daemon('Mail System Error - Returned Mail', '<Postmaster@ezweb.ne.jp>'),
			body: ['The user(s) account is temporarily over quota.', '', `<${recipient}>`],
			status: null,
		}),
	],
	[
		'Gmail, blocked',
		false,
		({ recipients: [recipient], refusal }) => ({
			header: daemon('Delivery Status Notification (Failure)', 'Mail Delivery Subsystem <mailer-daemon@googlemail.com>'),
			body: [
				'** Message blocked **',
				'',
				`Your message to ${recipient} has been blocked. See technical details below for more information.`,
				'',
				'The response was:',
				'',
				refusal,
			],
		}),
	],
	[
		'Exchange 5.5',
		false,
		({ recipients: [recipient] }) => ({
			header: daemon('Undeliverable: Order 17', 'System Administrator <sysadmin@example.com>'),
			body: [
				'Your message',
				'',
				'  To:      Bob Builder',
				'  Subject: Order 17',
				'',
				'did not reach the following recipient(s):',
				'',
				`${recipient} on Mon, 23 Nov 2026 10:01:00 +0100`,
				'    The recipient name is not recognized',
			],
			status: null,
		}),
	],
	[
		'Mercury',
		false,
		({ recipients: [recipient] }) => ({
			header: daemon('Postmaster notify: delivery failure.', '"Electronic Postmaster" <Postmaster@mx.example.com>'),
			body: [
				'The following message could not be delivered because the address',
				`"${recipient}" is not recognized on this host.`,
			],
			status: null,
		}),
	],
	[
		'OpenSMTPD, late',
		true,
		({ recipients, refusal }) => ({
			header: daemon('Delivery status notification: warning'),
			body: [
				'    A message is delayed for more than 4 hours for the following',
				'    list of recipients:',
				'',
				...recipients.map((recipient) => `${recipient}: ${refusal}`),
				'',
				'    You DO NOT NEED to re-send the message to these recipients.',
			],
		}),
	],
	[
		'James',
		false,
		({ recipients, refusal }) => ({
			header: [...daemon('Re: Order 17', 'postmaster@mx.example.com'), 'Return-Path: <>'],
			body: [
				'Hi. This is the James mail server at mx.example.com.',
				"I'm afraid I wasn't able to deliver your message to the following addresses.",
				'',
				'Failed recipient(s):',
				...recipients.flatMap((recipient) => [recipient, '', 'Error message:', refusal]),
			],
		}),
	],
	[
		'Barracuda',
		false,
		({ recipients: [recipient] }) => ({
			header: daemon('**Message you sent blocked by our bulk email filter**', 'postmaster@mx.example.com'),
			body: [`Your message to: ${recipient}`, 'was blocked by our Spam Firewall. The email has NOT BEEN DELIVERED.'],
			status: null,
		}),
	],
	[
		'Mimecast',
		false,
		({ recipients: [recipient], refusal }) => ({
			header: daemon('[Postmaster] Email Delivery Failure', 'postmaster@example.com'),
			body: [
				'This is a delivery failure notification message indicating that',
				'an email you addressed to email address :',
				`-- ${recipient}`,
				'',
				'could not be delivered. The problem appears to be :',
				'-- Recipient email address is possibly incorrect',
				'',
				'Additional information follows :',
				`-- ${refusal}`,
			],
		}),
	],
	[
		'Dovecot',
		false,
		({ recipients: [recipient], refusal }) => ({
			header: daemon('Rejected: Order 17', 'Mail Delivery Subsystem <postmaster@mx.example.com>'),
			body: [`Your message to <${recipient}> was automatically rejected:`, refusal],
		}),
	],
	[
		'Naver',
		false,
		({ recipients: [recipient], refusal }) => ({
			header: daemon('[발송실패 안내] 메일이 발송되지 못했습니다.', '메일관리자 <MAILER-DAEMON@naver.example>'),
			body: [`${recipient} 님에게 메일을 보내지 못했습니다.`, '받는 사람의 메일 주소가 존재하지 않습니다.', refusal],
		}),
	],
	[
		'X-Failed-Recipients only',
		false,
		({ recipients }) => ({
			header: [...daemon('Order', 'noreply@example.com'), `X-Failed-Recipients: ${recipients.join(',')}`],
			body: ['Sorry.'],
			status: null,
		}),
	],
];

/** Some reports of each kind; the same seed gives the same mail. */
export function* playBounces(seed: number, ofEach = 4): Generator<PlayedBounce> {
	const random = chance(seed);
	const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
	for (const [kind, isDelayed, write] of kinds) {
		for (let number = 0; number < ofEach; number++) {
			const [status, refusal] = pick(isDelayed ? delays : refusals);
			const all = ['bob@example.net', 'ann.smith+orders@mail.example.net', "o'neill@example.co.uk"];
			const recipients = all.slice(number % 3, 1 + (number % 3) + Math.floor(random() * 2));
			const original = [
				'Return-Path: <zoe@example.org>',
				'Message-ID: <17@example.org>',
				'From: zoe@example.org',
				'Subject: Order',
				'',
			];
			const written = write({ recipients, refusal, status, original });
			const named = JSON.stringify([written.header, written.body]);
			yield {
				kind,
				header: written.header,
				body: written.body,
				recipients: recipients.filter((recipient) => named.includes(recipient)),
				...(written.status !== null && { status }),
				isDelayed,
			};
		}
	}
}
