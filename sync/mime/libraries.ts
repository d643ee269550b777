import type * as htmlparser from 'htmlparser2';
import type icalJs from 'ical.js';
import type mime from 'libmime';
import type * as libmimeCharset from 'libmime/lib/charset.js';
import type addressparser from 'nodemailer/lib/addressparser';
import type MailComposer from 'nodemailer/lib/mail-composer';
import type sanitize from 'sanitize-html';
import type * as windows from 'windows-iana';
import { onFirstUse } from './onFirstUse';

/**
 * The libraries of this room, each loaded by the first message that needs it: n8n loads the nodes of every package in each of its
 * processes, whether a workflow uses them or not, and together these take half a second and 50 MB.
 */
/* eslint-disable @typescript-eslint/no-require-imports -- an import would load the library with this file */
export const htmlParser = onFirstUse(() => require('htmlparser2') as typeof htmlparser);
export const htmlSanitizer = onFirstUse(() => require('sanitize-html') as typeof sanitize);
export const ical = onFirstUse(() => require('ical.js') as typeof icalJs);
export const windowsIana = onFirstUse(() => require('windows-iana') as typeof windows);
export const libmime: () => Pick<typeof mime, 'detectExtension' | 'detectMimeType' | 'parseHeaderValue'> = onFirstUse(
	() => require('libmime') as typeof mime,
);
/** Tables of charsets: iconv-lite and encoding-japanese. */
export const charsetTables = onFirstUse(() => require('libmime/lib/charset.js') as typeof libmimeCharset);
export const addressParser = onFirstUse(() => require('nodemailer/lib/addressparser') as typeof addressparser);
export const mailComposer = onFirstUse(() => require('nodemailer/lib/mail-composer') as typeof MailComposer);
/* eslint-enable @typescript-eslint/no-require-imports */
