import type { DeliveryContext } from '../delivery/deliveryContext';
import { partsFor } from '../reading/batch';
import { ContentsAhead } from '../reading/contentsAhead';
import type { OpenFolder } from '../server/mailServer';
import type { UidSet } from '../uids/uidSet';

/**
 * The folder as it reads these messages, which are about to be delivered: with what items are made of at once. With conditions some of
 * them are not delivered, so that much would come in vain.
 */
export function readingWhole({ settings, budget }: DeliveryContext, folder: OpenFolder, uids: UidSet): OpenFolder {
	const { filter, ignore } = settings.watch;
	const parts = partsFor(settings.reading);
	if (parts === 'descriptor' || filter || ignore || uids.isEmpty) return folder;
	return new ContentsAhead(folder, parts, uids, () => budget.remainingEvents);
}
