import type { SettingProblem } from '../../../sync/errors/errorData';
import type { ErrorTexts, TextsOf } from './errorText';

/** What goes wrong with what is kept between runs, and with what was entered. */
export const stateTexts: TextsOf<'stateUnreadable' | 'stateMissing' | 'stateNotKept' | 'stateOvertaken' | 'settingsInvalid'> = {
	stateUnreadable: ({ where, detail }) =>
		where === undefined
			? {
					message: `The saved position of this node cannot be read: ${detail}.`,
					advice:
						"Nothing was read or emitted. If you installed an older version of this package, install the newer one again. To start over, duplicate this node and delete the original: the duplicate starts as 'Start From' says.",
				}
			: {
					message: `The saved position in ${where} cannot be read: ${detail}`,
					advice:
						"Nothing was read or returned. If you installed an older version of this package, install the newer one again. To start over, use 'IMAP Sync > Change > Reset'.",
				},

	stateMissing: (data) =>
		data.reason === 'otherMailbox'
			? {
					message: `The position in ${data.where} belongs to another mailbox than "${data.account}"`,
					advice:
						"Select the credential of that mailbox, or another position. To start with this mailbox, use 'IMAP Sync > Change > Reset'.",
				}
			: {
					message: `There is no position in ${data.where}`,
					advice: `If this is the first run, set '${data.field}' to Start, or run 'IMAP Sync > Change > Reset' once. Otherwise the position was lost: check whether it was deleted, and whether the state name and the mailbox are still the same.`,
				},

	stateNotKept: ({ detail }) => ({
		message: `Static data cannot keep the position here: ${detail}`,
		advice:
			"Nothing was read. In 'State Store', choose 'Mail Server', which all n8n processes share, or 'Cursor', which the workflow keeps.",
	}),

	stateOvertaken: ({ where }) => ({
		message: `Another execution went on from the position in ${where} while this one was running, so this one returned nothing`,
		advice:
			'Nothing is lost: the messages were returned by the other execution, or come with the next one. Make sure that executions of this workflow do not overlap, or give each workflow its own state name.',
	}),

	settingsInvalid(data) {
		switch (data.reason) {
			case 'connection':
				return settingTexts[data.problem](data.field);
			case 'composition':
				return {
					message: `The message could not be composed (${data.detail})`,
					advice: 'Check the addresses, the texts and the attachments of the node.',
				};
			case 'manifest':
				return {
					message: `The manifest cannot be used: ${data.detail}`,
					advice: 'Provide the manifest of an export: the file, its JSON, or the items of an export as .eml files.',
				};
			case 'input':
				return { message: 'A field of the node is wrong', advice: 'Check the fields of the node.' };
		}
	},
};

/** What to do about a setting of the credential. */
const settingTexts: Record<SettingProblem, (field: string) => ErrorTexts> = {
	empty: (field) => ({ message: `${field} is empty`, advice: `Fill in ${field}.` }),
	lineEnd: (field) => ({
		message: `${field} contains a line break or a NUL character`,
		advice: `Enter ${field} again, without line breaks.`,
	}),
	noHostName: (field) => ({
		message: `${field} is not a host name`,
		advice: 'Enter only the name of the server, such as imap.example.com.',
	}),
	holdsPort: (field) => ({
		message: `${field} contains a port`,
		advice: 'Enter the name of the server in Host and its port in Port.',
	}),
	noPort: (field) => ({
		message: `${field} is not a number from 1 to 65535`,
		advice: 'The usual ports are 993 for TLS and 143 for STARTTLS.',
	}),
	noFingerprint: (field) => ({
		message: `${field} is not the SHA-256 of a certificate`,
		advice: 'Enter its 64 hexadecimal digits, with or without colons, as the test of the credential shows them.',
	}),
	fingerprintWithoutTls: (field) => ({
		message: `${field} needs an encrypted connection`,
		advice: 'Set Security to TLS or STARTTLS.',
	}),
	noSecurity: (field) => ({ message: `${field} is not one of tls, starttls, none`, advice: 'Choose one of the three.' }),
	certificateOrKeyMissing: (field) => ({
		message: `${field} is missing`,
		advice: 'A client certificate and its key go together: fill in both or none.',
	}),
	noPem: (field) => ({ message: `${field} is not PEM`, advice: `Paste ${field} with its BEGIN and END lines.` }),
	noProxyUrl: (field) => ({
		message: `${field} is not the URL of a proxy`,
		advice: 'Examples: socks5://proxy.example.com:1080, http://proxy.example.com:3128.',
	}),
	noOwnFolder: (field) => ({
		message: `${field} is not the name of a folder of its own`,
		advice: "Enter a name such as 'IMAP Sync Notes', without * ? and %; not INBOX.",
	}),
	notPositive: (field) => ({ message: `${field} is not a positive number`, advice: `Enter ${field} in milliseconds.` }),
};
