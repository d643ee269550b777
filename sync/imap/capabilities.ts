import type { ImapFlow } from 'imapflow';
import type { Quirk } from './quirks';
import type { Capabilities } from '../server/capabilities';

/**
 * What the server can do, by what it advertises and by what it confirmed: iCloud advertises CONDSTORE and QRESYNC and never
 * answers ENABLED, and without that answer imapflow does not use them.
 */
export function readCapabilities(
	{ capabilities, enabled }: Pick<ImapFlow, 'capabilities' | 'enabled'>,
	{ window, estimatesSizes }: Pick<Quirk, 'window' | 'estimatesSizes'> = {},
): Capabilities {
	const qresync = capabilities.has('QRESYNC') && enabled.has('QRESYNC');
	return {
		qresync,
		// QRESYNC contains CONDSTORE, also where that is not named (Apache James; RFC 7162 section 3.2.3).
		condstore: qresync || (capabilities.has('CONDSTORE') && enabled.has('CONDSTORE')),
		listStatus: capabilities.has('LIST-STATUS'),
		esearch: capabilities.has('ESEARCH'),
		gmail: capabilities.has('X-GM-EXT-1'),
		...(window === undefined ? {} : { visibleMessages: window }),
		...(estimatesSizes ? { estimatesSizes } : {}),
	};
}
