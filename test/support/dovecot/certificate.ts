import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Makes a self-signed certificate for localhost and 127.0.0.1 in the folder; it is its own authority. */
export async function makeCertificate(folder: string): Promise<{ certFile: string; keyFile: string }> {
	const certFile = `${folder}/cert.pem`;
	const keyFile = `${folder}/key.pem`;
	await promisify(execFile)('openssl', [
		...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
		...['-keyout', keyFile, '-out', certFile, '-subj', '/CN=localhost'],
		...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
	]);
	return { certFile, keyFile };
}
