/** A node of BODYSTRUCTURE, names in lower case. `part` is what BODY[part] asks for. */
export interface BodyPart {
	part: string;
	/** e.g. "text/plain" */
	type: string;
	parameters: Record<string, string>;
	disposition?: string;
	dispositionParameters: Record<string, string>;
	encoding?: string;
	/** bytes, as encoded */
	size?: number;
	contentId?: string;
	children: BodyPart[];
}
