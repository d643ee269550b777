import type { IDataObject } from 'n8n-workflow';

/** What reading the fields needs of n8n's context. */
export interface ParameterSource {
	getNodeParameter(name: string, fallback?: unknown): unknown;
	getTimezone(): string;
	/** The fields as entered, with their expressions. */
	getNode(): { id?: string; parameters: IDataObject };
	getWorkflow?(): { id?: string };
}
