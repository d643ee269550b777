/** Where it happened: every error may know it. Never holds a secret. */
export interface ErrorPlace {
	folder?: string;
	uid?: number;
	/** host:port */
	host?: string;
}

/** What a refused login wants, as far as the server's words or its name reveal it. */
export type LoginHint =
	| 'appPassword'
	| 'webLogin'
	| 'gmail'
	| 'microsoft'
	| 'providerAppPassword'
	| 'imapSwitchedOff'
	| 'mailboxNotConnected'
	| 'accountLocked'
	| 'passwordExpired'
	| 'googleToken'
	| 'microsoftToken'
	| 'token'
	| 'none';

/** What answers on a port where a mail server was expected. */
export type OtherService = 'smtp' | 'pop3' | 'web' | 'ssh';

/** Certificate problems by Node's code. */
export const certificateProblems = [
	'DEPTH_ZERO_SELF_SIGNED_CERT',
	'SELF_SIGNED_CERT_IN_CHAIN',
	'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
	'UNABLE_TO_GET_ISSUER_CERT',
	'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
	'CERT_UNTRUSTED',
	'CERT_REJECTED',
	'CERT_REVOKED',
	'CERT_HAS_EXPIRED',
	'CERT_NOT_YET_VALID',
	'CERT_SIGNATURE_FAILURE',
	'INVALID_CA',
	'ERR_TLS_CERT_ALTNAME_INVALID',
	'HOSTNAME_MISMATCH',
] as const;

export type CertificateProblem = (typeof certificateProblems)[number];

/** What is wrong with a setting of the connection. */
export type SettingProblem =
	| 'empty'
	| 'lineEnd'
	| 'noHostName'
	| 'holdsPort'
	| 'noPort'
	| 'noSecurity'
	| 'certificateOrKeyMissing'
	| 'noPem'
	| 'noProxyUrl'
	| 'noOwnFolder'
	| 'noFingerprint'
	| 'fingerprintWithoutTls'
	| 'notPositive';

/** What to check before a change is repeated whose outcome is unknown. */
export type RepeatCheck =
	| { kind: 'harmless' }
	| { kind: 'maybeTwice' }
	| { kind: 'folderGone' }
	| { kind: 'folderRenamed'; newName: string }
	| { kind: 'messageMoved'; target: string };

/** The server's own words, quoted and without secrets; absent where it gave none. */
interface Answered {
	answer?: string;
}

/** The folders that an account has: the first few, and how many more there are. */
interface FolderNames {
	folders: string[];
	more: number;
}

/** What each code carries beside the place. `reason` is there where one code has several. */
interface CodeData {
	loginRefused: { host: string; alerts?: string[] } & Answered &
		(
			| { reason: 'encryptionRequired' | 'passwordLoginOff' | 'noPasswordMechanism' | 'noTokenMechanism' }
			| {
					reason: 'credentials';
					user: string;
					hint: LoginHint;
					/** Whose server it is, by its id in the table of providers. */
					provider?: string;
					/** What was said of a token beside the answer, e.g. "invalid_token". */
					tokenStatus?: string;
			  }
		);
	settingsInvalid:
		| { reason: 'connection'; field: string; problem: SettingProblem }
		| { reason: 'composition'; detail: string }
		| { reason: 'manifest'; detail: string }
		| { reason: 'input' };
	stateUnreadable: {
		/** Where a position lay; absent for the state of a node. */
		where?: string;
		detail: string;
	};
	stateMissing: { where: string } & ({ reason: 'otherMailbox'; account: string } | { reason: 'nothingSaved'; field: string });
	stateNotKept: { detail: string };
	stateOvertaken: { where: string };
	hostNotFound: { name: string; reason: 'unknown' | 'noDns' };
	connectionRefused: { host: string; reason: 'refused' | 'unreachable' | 'proxy' | 'egress'; viaProxy: boolean };
	notImap: { host: string; service: OtherService };
	connectionTimedOut: { host: string } & (
		{ reason: 'noAnswer'; viaProxy: boolean } | { reason: 'noGreeting' } | { reason: 'loginUnfinished'; seconds: number }
	);
	connectionLost: { host: string } & ({ reason: 'closed'; connecting: boolean; answer?: string } | { reason: 'ended' });
	tlsNotTrusted: { host: string } & ({ problem: CertificateProblem } | { problem: 'otherFingerprint'; found: string });
	tlsFailed: { host: string } & (
		| { reason: 'tlsExpected' | 'injectedData' }
		| { reason: 'noTls' | 'oldVersion' | 'failed'; security: 'tls' | 'starttls' | 'none'; tlsCode: string }
	);
	startTlsNotOffered: { host: string };
	commandTimedOut: { host: string } & ({ reason?: undefined; seconds: number } | { reason: 'runOver' });
	serverBusy: { host: string } & (
		| ({
				reason: 'slowDown';
				/** When it said to come back, from now. */
				retryAfterMs?: number;
				/** It counts connections, and there are too many. */
				tooMany?: boolean;
		  } & Answered)
		| { reason: 'connectionsInUse'; connections: number }
	);
	protocolBroken: { host: string } & (
		{ reason: 'conversation'; detail: string } | ({ reason: 'loginStep' } & Answered) | { reason: 'tooMuch'; megabytes: number }
	);
	internalError: { detail: string };
	folderNotFound: { folder: string } & (
		| { reason: 'gone' }
		| { reason: 'targetMissing'; host: string; target: string }
		| { reason: 'renamed'; newName: string }
		| ({ reason: 'notListed' } & FolderNames)
	);
	folderNotSelectable: { folder: string } & ({ reason: 'container' } | ({ reason: 'onlyFolders' } & FolderNames));
	folderForbidden: { folder: string } & (
		| ({ reason: 'read'; host: string } & Answered)
		| ({ reason: 'change'; host: string; target?: string } & Answered)
		| { reason: 'flagNotStored'; flag: string; stayed: boolean }
		| { reason: 'setFlag'; host: string; flag: string; rights: string[] }
		| { reason: 'removeMessages'; host: string; rights: string[] }
	);
	markNotKept: { folder: string } & ({ reason: 'keyword'; keyword: string } | { reason: 'seen' });
	acknowledgementMissing:
		| { reason: 'heldBack' | 'givenUp'; folder: string; count: number }
		| { reason: 'message'; by: 'keyword' | 'seen' | 'leavesFolder'; keyword: string; minutes: number; attempts: number };
	searchFailed:
		| { reason: 'conversation' | 'date' }
		| { reason: 'headerName' | 'flag' | 'text'; text: string }
		| { reason: 'unknownMessages'; folder: string; uid: number }
		| { reason: 'gmailOnly'; host: string }
		| { reason: 'notSendable'; host: string; detail: string }
		| ({ reason: 'refused'; host: string } & Answered)
		| { reason: 'refusedSilently'; host: string };
	lookUnfinished: { folder: string; candidates: number; unread: number };
	commandRefused:
		| ({ reason: 'refused' | 'change'; host: string } & Answered)
		| ({ reason: 'limit'; host: string; target: string } & Answered)
		| ({ reason: 'tooLarge'; host: string } & Answered)
		| { reason: 'noModSequences'; folder: string };
	folderInconsistent: { folder: string } & (
		| { reason: 'uidsMissing'; host: string; uids: number; asked: number }
		| { reason: 'miscounted'; host: string; listed: number; exists: number }
		| { reason: 'flagsWithoutUid' | 'noUidValidity' | 'noUidValidityToChange' | 'noCount'; host: string }
		| { reason: 'listingIncomplete'; listed: number; exists: number }
		| { reason: 'deletionUnconfirmed'; vanished: number; known: number }
		| { reason: 'keepsChanging'; times: number }
		| { reason: 'goneUnderway'; count: number }
		| { reason: 'messagesLeftOut'; count: number; uid?: number }
	);
	folderRenumbered: { folder: string; uid: number; before?: string; now: string };
	folderReadOnly: { folder: string; reason: 'own' | 'otherAccount' };
	folderExists: { folder: string; target: string };
	folderFull: { folder: string; target: string; host: string } & Answered;
	notOffered: { folder: string } & (
		| { reason: 'move' | 'delete' | 'empty' | 'replacePosition' | 'quota' }
		| { reason: 'flag'; host: string; flag: string }
		| { reason: 'labels'; host: string }
	);
	refusedForSafety: { reason: 'notesFolderWatched' | 'positionAmongMail'; folder: string } | { reason: 'noteTooLong' };
	/** The cause says why. */
	notesNotKept: { folder: string; reason: 'notRemoved' | 'notWritten' };
	/** The cause says how the answer got lost. */
	outcomeUnknown: { reason: 'answerLost'; check: RepeatCheck } | { reason: 'leftFolder'; folder: string; target: string };
	runStopped: ErrorPlace;
	messageNotFound:
		| { reason: 'uid'; folder: string; uid: number }
		| { reason: 'range'; folder: string; uids: string }
		| { reason: 'messageId'; messageId: string };
	messageNotReturned: { folder: string; uid: number } & (
		| { reason: 'message' }
		| { reason: 'part'; host: string; part: string }
		/** bytes; part '' is the whole message */
		| { reason: 'cut'; host: string; part: string; announced: number; received: number }
	);
	messageTooLarge: { bytes: number; limit: number };
	messageUnreadable: { uid: number } & (
		| { reason: 'nothingSent' }
		| { reason: 'substitute' }
		| { reason: 'parserFailed'; read: 'source' | 'header'; bytes: number; error: string }
	);
}

/** What an error of each code carries. */
export type ErrorData = { [C in keyof CodeData]: CodeData[C] & ErrorPlace };

/** What an error means where it ended something larger: the error itself is the cause then. */
export type ErrorConsequence =
	| { kind: 'labelsNotChanged' }
	| { kind: 'notMoved' }
	| { kind: 'copiedNotRemoved'; folder: string; target: string }
	| { kind: 'markedNotRemoved' }
	| { kind: 'partlyRemoved'; removed: number; total: number }
	| { kind: 'notTried'; folder: string }
	| { kind: 'notCopied' };
