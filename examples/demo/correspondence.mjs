import { csvDocument, pdfDocument } from './documents.mjs';

/**
 * What people write to a small shop. Every sender, company and number is invented; the domains are reserved for examples.
 *
 * Each function makes one message from chance, without date and id, which depend on when and where it is delivered.
 */

export const SHOP = { name: 'Lantern & Loom', address: 'hello@shop.example.com' };

const PEOPLE = [
	{ name: 'Oluwaseun Adeyemi', address: 'seun@adeyemi.test' },
	{ name: 'Zoë Černá', address: 'zoe.cerna@example.org' },
	{ name: "Patrick O'Neill", address: 'p.oneill@example.org' },
	{ name: 'Марина Соколова', address: 'marina@sokolova.test' },
	{ name: 'Tomás Álvarez', address: 'tomas@alvarez.test' },
	{ name: 'Priya Raman', address: 'priya.raman@example.org' },
	{ name: 'Ebba Lindström', address: 'ebba@lindstrom.test' },
];

const PRODUCTS = [
	['wool blanket "Fjord"', 89],
	['paper lantern, 40 cm', 24.5],
	['linen curtain, pair', 118],
	['oak stool', 139],
	['desk lamp "Möwe"', 64.9],
	['cotton hammock', 75],
];

export function order(random) {
	const buyer = random.pick(PEOPLE);
	const number = random.between(10_400, 99_999);
	const [product, price] = random.pick(PRODUCTS);
	const count = random.between(1, 4);
	const total = (price * count).toFixed(2);
	return {
		from: { name: 'Order desk', address: 'orders@shop.example.com' },
		to: [SHOP],
		subject: `Order ${number}: ${count} × ${product}`,
		text: `New order ${number}\n\nBuyer: ${buyer.name} <${buyer.address}>\nItem: ${count} × ${product}\nTotal: EUR ${total}\nPaid by: ${random.pick(['card', 'bank transfer', 'invoice'])}\n`,
		html: `<h2>New order ${number}</h2><p>Buyer: ${buyer.name}<br>Item: ${count} × ${product}<br><b>Total: EUR ${total}</b></p>`,
		headers: { 'X-Order-Number': String(number), 'Auto-Submitted': 'auto-generated' },
	};
}

export function question(random) {
	const [product] = random.pick(PRODUCTS);
	const number = random.between(10_400, 99_999);
	const [subject, text, from = random.pick(PEOPLE)] = random.pick([
		[
			`Where is my parcel? (order ${number})`,
			`Hello,\n\nI ordered the ${product} nine days ago, number ${number}, and the tracking page has not moved since Monday. Could you have a look?\n\nThank you!`,
		],
		[
			'Can I change the delivery address?',
			`Hi there,\n\nmy order ${number} still goes to my old address. Is it too late to change it? The new one is Lindenweg ${random.between(2, 90)}.\n\nBest regards`,
		],
		[
			`The ${product} arrived damaged`,
			`Good morning,\n\nthe box was open and the ${product} has a scratch. I would like a replacement, please. Order ${number}.\n\nKind regards`,
		],
		[
			`Is the ${product} back in stock soon?`,
			`Dear team,\n\nthe page says "sold out". When can I order the ${product} again? I need ${random.between(2, 12)}.\n\nThanks a lot`,
		],
		[
			`Rückgabe der Bestellung ${number}`,
			`Guten Tag,\n\nich möchte die Bestellung ${number} zurückgeben. Wie läuft das bei Ihnen? Die Größe passt leider nicht.\n\nMit freundlichen Grüßen`,
			{ name: 'Jürgen Größ', address: 'juergen@grossmoebel.test' },
		],
		[
			`Question sur la commande n° ${number}`,
			`Bonjour,\n\nj'ai été débitée deux fois pour la commande ${number}. Pouvez-vous vérifier ?\n\nMerci d'avance`,
			{ name: 'Amélie Rousseau', address: 'amelie.rousseau@example.org' },
		],
		[
			`ご注文 ${number} について`,
			`こんにちは。\n\n注文番号 ${number} の領収書をいただけますか。\n\nよろしくお願いいたします。`,
			{ name: '佐藤 美咲', address: 'misaki.sato@example.org' },
		],
	]);
	return { from, to: [{ name: 'Support', address: 'support@shop.example.com' }], subject, text };
}

export function invoice(random) {
	const [name, address] = random.pick([
		['Northwind Paper Co.', 'billing@northwind.test'],
		['Atelier Weiß', 'rechnung@atelierweiss.test'],
		['Halden Freight', 'accounts@halden-freight.test'],
	]);
	const number = `${random.pick(['RE', 'INV', 'F'])}-2026-${random.between(1_000, 9_999)}`;
	const amount = (random.between(4_000, 90_000) / 100).toFixed(2);
	const asTable = random.next() < 0.4;
	return {
		from: { name, address },
		to: [{ name: 'Accounts', address: 'accounts@shop.example.com' }],
		subject: `Invoice ${number} from ${name}`,
		text: `Dear customer,\n\nplease find attached invoice ${number} over EUR ${amount}, payable within 14 days.\n\n${name}\n`,
		attachments: [
			{
				fileName: `${number}.pdf`,
				mimeType: 'application/pdf',
				content: pdfDocument([name, '', `Invoice ${number}`, `Amount due: EUR ${amount}`, 'Payable within 14 days.']),
			},
			...(asTable
				? [
						{
							fileName: `${number}.csv`,
							mimeType: 'text/csv',
							content: csvDocument([
								['position', 'text', 'amount'],
								['1', 'Goods, as delivered', amount],
							]),
						},
					]
				: []),
		],
	};
}

export function newsletter(random) {
	const issue = random.between(12, 240);
	const topic = random.pick([
		'five small kitchens',
		'wool, from sheep to shelf',
		'how to ship without plastic',
		'lamps that outlive their bulbs',
	]);
	return {
		from: { name: 'The Quiet Home', address: 'letters@quiethome.test' },
		to: [SHOP],
		subject: `The Quiet Home, no. ${issue}: ${topic} ✨`,
		text: `No. ${issue}: ${topic}\n\nRead it in your browser: https://quiethome.test/${issue}\n\nYou get this letter because you asked for it. Unsubscribe: https://quiethome.test/bye\n`,
		html: `<!doctype html><body><h1>The Quiet Home</h1><p>No. ${issue}: <i>${topic}</i></p><p><a href="https://quiethome.test/${issue}">Read on</a></p><p><small><a href="https://quiethome.test/bye">Unsubscribe</a></small></p></body>`,
		headers: {
			'List-Id': 'The Quiet Home <letters.quiethome.test>',
			'List-Unsubscribe': '<https://quiethome.test/bye>',
			Precedence: 'bulk',
		},
	};
}

export function shippingNotice(random) {
	const parcel = `HF${random.between(100_000_000, 999_999_999)}`;
	return {
		from: { name: 'Halden Freight', address: 'no-reply@halden-freight.test' },
		to: [SHOP],
		subject: `Parcel ${parcel} ${random.pick(['has been delivered', 'is on its way', 'waits at the pick-up point'])}`,
		text: `Parcel ${parcel}\n\nThis message was written by a machine; answers are not read.\n`,
		headers: { 'Auto-Submitted': 'auto-generated' },
	};
}

/** An answer to a message that came before, with what it answers below. */
export function reply(random, original) {
	const text = random.pick([
		'Any news on this? I am still waiting.',
		'Thank you, that helped!',
		'Sorry, I forgot the photos. Can you tell me where to send them?',
	]);
	const quoted = original.text
		.trimEnd()
		.split('\n')
		.map((line) => `> ${line}`)
		.join('\n');
	return {
		from: original.from,
		to: original.to,
		subject: original.subject.startsWith('Re: ') ? original.subject : `Re: ${original.subject}`,
		text: `${text}\n\nOn ${original.date.toUTCString()}, ${original.from.name} wrote:\n${quoted}\n`,
		inReplyTo: original.messageId,
		references: [...(original.references ?? []), original.messageId],
	};
}

/** How often each kind of mail comes. */
export const KINDS = { order: 5, question: 5, invoice: 2, newsletter: 1, shippingNotice: 2 };

const WRITERS = { order, question, invoice, newsletter, shippingNotice };

/**
 * A message of a kind, ready to be delivered.
 *
 * @param {keyof typeof KINDS} kind
 * @param {import('./random.mjs').Random} random
 */
export function write(kind, random, date) {
	return addressed(WRITERS[kind](random), random, date);
}

/** Gives a message what its delivery decides: when, and under which id. */
export function addressed(message, random, date) {
	const domain = message.from.address.split('@')[1];
	return {
		...message,
		date,
		messageId: `<${date.getTime().toString(36)}.${random.between(1, 0x7fffffff).toString(36)}@${domain}>`,
	};
}

/** Where a mail filter puts it. */
export function folderFor({ to }) {
	return to[0].address.startsWith('support@') ? 'Support' : 'INBOX';
}
