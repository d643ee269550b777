/** What became of a delivery: "hard" will fail again, "soft" may work later, "delayed" has not failed yet. */
export type BounceKind = 'hard' | 'soft' | 'delayed';

/** One address that the message did not reach. */
export interface FailedRecipient {
	/** The address that was written to. */
	recipient: string;
	/** RFC 3463, e.g. "5.1.1"; absent when the report has none */
	status?: string;
	/** What the refusing server said, e.g. "550 5.1.1 User unknown". */
	diagnostic?: string;
	kind?: BounceKind;
}
