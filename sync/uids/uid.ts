declare const uidBrand: unique symbol;

/**
 * A message's unique identifier in its folder (RFC 3501 section 2.3.1.1), 1 to 2^32-1. Its own type, so that a sequence
 * number cannot be passed where a UID is meant.
 */
export type Uid = number & { readonly [uidBrand]: true };

/** The largest UID there can be. An explicit bound for ranges: `*` means "the last message" and answers even when nothing is new. */
export const MAX_UID = 4294967295 as Uid;

/** Marks a number that came from a server or a state as a UID. */
export const asUid = (value: number): Uid => value as Uid;
