import { createEvent } from '../events/createEvent';
import type { Run } from './runProgress';

/** Emits that a known folder was renamed or deleted, where that is asked for. */
export async function emitFolderEvent(
	{ context, progress }: Run,
	event: 'folderRenamed' | 'folderDeleted',
	path: string,
	previous?: { folder: string },
): Promise<void> {
	const { settings, services, budget, origin } = context;
	if (!settings.watch.events.has(event)) return;
	const { uidValidity } = progress.folders[path];
	const at = { accountKey: origin.accountKey, account: origin.account, folder: path, uidValidity };
	await services.sink({ ...createEvent(at, event, `delivery ${origin.deliveries}`, previous?.folder ?? ''), previous });
	budget.spend(1, 0);
}
