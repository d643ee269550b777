/** The header fields that rules about ignored messages look at, in lower case. */
export const outlineFields = ['message-id', 'in-reply-to', 'references', 'from', 'subject'];
