import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** What a certificate is to say. */
export interface CertificateAsk {
	/** For which names; localhost and 127.0.0.1 otherwise. */
	names?: string[];
	/** When it is valid; from now on for two days otherwise. */
	valid?: { from: Date; until: Date };
}

/** Makes a self-signed certificate in the folder; it is its own authority. */
export async function makeCertificate(
	folder: string,
	{
		names = ['DNS:localhost', 'IP:127.0.0.1'],
		valid = { from: new Date(), until: new Date(Date.now() + 2 * DAY) },
	}: CertificateAsk = {},
): Promise<{ certFile: string; keyFile: string }> {
	const certFile = `${folder}/cert.pem`;
	const keyFile = `${folder}/key.pem`;
	const book = `${folder}/authority`;
	mkdirSync(book, { recursive: true });
	writeFileSync(`${book}/index.txt`, '');
	// Only `openssl ca` makes certificates of the past; it keeps a book of them.
	writeFileSync(
		`${book}/openssl.cnf`,
		[
			...['[ca]', 'default_ca = own', '[own]', `database = ${book}/index.txt`, `new_certs_dir = ${book}`, 'rand_serial = yes'],
			...[
				'default_md = sha256',
				'policy = any',
				'x509_extensions = names',
				'unique_subject = no',
				'[any]',
				'commonName = supplied',
			],
			...['[names]', `subjectAltName = ${names.join(',')}`, 'basicConstraints = CA:TRUE'],
		].join('\n'),
	);
	const openssl = promisify(execFile);
	await openssl('openssl', [
		...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=localhost'],
		...['-keyout', keyFile, '-out', `${book}/request.pem`],
	]);
	await openssl('openssl', [
		...['ca', '-selfsign', '-batch', '-notext', '-config', `${book}/openssl.cnf`, '-keyfile', keyFile],
		...['-startdate', timeOf(valid.from), '-enddate', timeOf(valid.until), '-in', `${book}/request.pem`, '-out', certFile],
	]);
	return { certFile, keyFile };
}

const DAY = 24 * 60 * 60_000;

/** As X.509 writes times: 20261127120000Z. */
const timeOf = (date: Date): string => `${date.toISOString().replace(/[-:T]|\..*/g, '')}Z`;
