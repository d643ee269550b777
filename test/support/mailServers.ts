import { startCourier } from './courier';
import { startCyrus } from './cyrus';
import { startDovecot } from './dovecot';
import { mailHostOf, type MailHost } from './mailHost';
import { describeServer } from './roots/serverRoot';

/** A server's name, the `describe` for where it can run, and how it starts. */
export type NamedServer = [string, jest.Describe, () => Promise<MailHost>];

const dovecot = async (): Promise<MailHost> => mailHostOf(await startDovecot());

/** The real servers on which the suites run. */
export const mailServers: NamedServer[] = [
	['Dovecot', describe, dovecot],
	['Cyrus', describeServer('cyrus'), startCyrus],
	['Courier', describeServer('courier'), startCourier],
];

/** What the proxy takes away from a server that is to have neither CONDSTORE nor QRESYNC. */
const neither = ['QRESYNC', 'CONDSTORE', 'ESEARCH', 'LIST-STATUS'];

/** The same with the kinds that the core knows of them: the last is what the proxy takes away. */
export const mailServersByKind: Array<[...NamedServer, string[]]> = [
	['Dovecot with QRESYNC', describe, dovecot, []],
	['Dovecot with CONDSTORE', describe, dovecot, ['QRESYNC']],
	['Dovecot with neither', describe, dovecot, neither],
	['Cyrus', describeServer('cyrus'), startCyrus, []],
	['Courier', describeServer('courier'), startCourier, []],
];
