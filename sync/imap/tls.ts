import type { ImapFlow } from 'imapflow';
import type { TcpSocketConnectOpts } from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { SyncError } from '../errors/syncError';
import type { ServerPeer } from '../server/mailServer';
import { socketOf } from './internals';
import { serverName, type ConnectionSettings } from './settings';

/** The options of the socket; imapflow gives the same to plain connections. */
export function socketOptions(
	settings: ConnectionSettings,
): ConnectionOptions & Pick<TcpSocketConnectOpts, 'autoSelectFamily' | 'lookup'> {
	const { ca, cert, key, egress, lowestTls } = settings;
	return {
		// A pinned certificate is known by its fingerprint, whoever signed it: see onlyPinned().
		rejectUnauthorized: !settings.allowUnauthorizedCerts && settings.fingerprint === undefined,
		// Names with an IPv6 address that leads nowhere would hang until the timeout; n8n switches this off for its process.
		autoSelectFamily: true,
		...(egress ? { lookup: egress.lookup } : {}),
		...(ca ? { ca } : {}),
		...(cert ? { cert, key } : {}),
		...(lowestTls === undefined ? {} : { minVersion: lowestTls }),
		// OpenSSL 3 has no cipher for TLS 1.0 and 1.1 at its usual level.
		...(lowestTls === 'TLSv1' ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
	};
}

/** Whether the socket of a connection keeps a process alive that has nothing else to do. */
export function holdsProcess(client: ImapFlow, holds: boolean): void {
	const socket = socketOf(client) as Partial<TLSSocket> | undefined;
	if (holds) socket?.ref?.();
	else socket?.unref?.();
}

/** What the server showed of itself; nothing of a connection without TLS. */
export function peerOf(client: ImapFlow): ServerPeer {
	const socket = socketOf(client) as Partial<TLSSocket> | undefined;
	// Not getPeerX509Certificate(): in Node 20 a second call finds none.
	const fingerprint = socket?.getPeerCertificate?.().fingerprint256;
	const version = socket?.getProtocol?.();
	return {
		...(fingerprint === undefined ? {} : { fingerprint }),
		...(version ? { tlsVersion: version } : {}),
	};
}

/** Throws tlsNotTrusted where a fingerprint is pinned and the server has another one, or none that can be seen. */
export function onlyPinned(client: ImapFlow, settings: ConnectionSettings): void {
	if (settings.fingerprint === undefined) return;
	const { fingerprint = '' } = peerOf(client);
	if (fingerprint !== settings.fingerprint)
		throw new SyncError('tlsNotTrusted', { host: serverName(settings), problem: 'otherFingerprint', found: fingerprint });
}

/**
 * Calls `check` whenever imapflow takes the password or token to send it: what it throws keeps the secret here. imapflow has no other
 * moment between the handshake, also that of STARTTLS, and the login.
 */
export function guardSecrets(auth: { pass?: string; accessToken?: string }, check: () => void): void {
	for (const name of ['pass', 'accessToken'] as const) {
		const secret = auth[name];
		if (secret === undefined) continue;
		Object.defineProperty(auth, name, {
			enumerable: true,
			get: () => {
				check();
				return secret;
			},
		});
	}
}
