/** A small message of its own: the same word is its Message-ID and its subject. */
export const mail = (subject: string): string => `Message-ID: <${subject}@example.com>\r\nSubject: ${subject}\r\n\r\nhello\r\n`;
