import { createEvent } from '../events/createEvent';
import type { Run } from './runProgress';

/** Emits that a known folder was renamed or deleted, where that is asked for. */
export async function emitFolderEvent(
	{ context, progress }: Run,
	event: 'folderRenamed' | 'folderDeleted',
	path: string,
	previous?: { folder: string },
): Promise<void> {
	const { settings, emitter, eventAccount } = context;
	if (!settings.watch.events.has(event)) return;
	const { uidValidity } = progress.folders[path];
	const { accountKey, account, deliveries } = eventAccount;
	const at = { accountKey, account, folder: path, uidValidity };
	await emitter.emitAtOnce({ ...createEvent(at, event, `delivery ${deliveries}`, previous?.folder ?? ''), previous });
}
