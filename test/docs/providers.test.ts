import { providers, type Provider } from '../../sync/imap/providers';
import { readPage } from './pages';

const securities = { tls: 'TLS', starttls: 'STARTTLS' };

/** The row of the documentation that a row of the table makes. */
function rowOf({ name, host, port, security, password, page, switchedOff, note }: Provider): string {
	const facts = [
		switchedOff ? 'turn on IMAP in the settings of the mailbox first' : undefined,
		password === 'app' ? `needs ${page === undefined ? 'an app password' : `an [app password](${page})`}` : undefined,
		note,
	].filter((fact) => fact !== undefined);
	return `| ${name} | \`${host}\` | ${port} | ${securities[security]} | ${facts.join('; ')} |`;
}

it('the page about credentials has the table of providers, row by row', () => {
	const { text } = readPage('docs/credentials.md');
	const rows = text.split('\n').filter((line) => /^\| .* \| \d+ \| /.test(line));
	expect(rows).toEqual(providers.map(rowOf));
});
