/** How much of a message is read: identity and flags; plus header fields and attachment list; plus text and html; or the whole source. */
export type OutputLevel = 'reference' | 'metadata' | 'content' | 'raw';
