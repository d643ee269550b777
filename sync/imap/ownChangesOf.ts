import { OwnChangeLog } from '../ownChangeLog';
import type { ConnectionSettings } from './settings';

const logs = new Map<string, OwnChangeLog>();

/** The log of an account, one for the whole process. */
export function ownChangesOf(settings: Pick<ConnectionSettings, 'user' | 'host' | 'port'>): OwnChangeLog {
	const key = `${settings.user.toLowerCase()}\n${settings.host.toLowerCase()}:${settings.port}`;
	let log = logs.get(key);
	if (!log) logs.set(key, (log = new OwnChangeLog()));
	return log;
}
