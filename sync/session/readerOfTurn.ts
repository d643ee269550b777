import type { Capabilities } from '../server/capabilities';
import type { FolderListing, FolderStatus, Hierarchy } from '../server/folderListing';
import type { FolderReading, FoldersRead } from '../server/folderReading';
import type { FolderConnection, MailServer } from '../server/mailServer';
import type { OptionalCapability, ServerFault } from '../server/serverFaults';

/**
 * A mail server that is connected for longer than a run, as one run sees it: a fault counts in the run that met it, once, however
 * long the connection lives on.
 */
export class ReaderOfTurn implements MailServer {
	private readonly faultsBefore: number;

	constructor(private readonly server: MailServer) {
		this.faultsBefore = server.faults.length;
	}

	get capabilities(): Capabilities {
		return this.server.capabilities;
	}

	get hierarchy(): Hierarchy {
		return this.server.hierarchy;
	}

	get faults(): readonly ServerFault[] {
		return this.server.faults.slice(this.faultsBefore);
	}

	disableCapabilities(capabilities: readonly OptionalCapability[]): void {
		this.server.disableCapabilities(capabilities);
	}

	async listFolders(options: { status: boolean }): Promise<FolderListing[]> {
		return await this.server.listFolders(options);
	}

	async folderStatuses(paths: readonly string[]): Promise<Map<string, FolderStatus>> {
		return await this.server.folderStatuses(paths);
	}

	async readFolders(readings: readonly FolderReading[]): Promise<FoldersRead> {
		return (await this.server.readFolders?.(readings)) ?? { folders: new Map() };
	}

	async visitFolders<T>(
		paths: string[],
		visit: (path: string, connection: FolderConnection) => Promise<T>,
	): Promise<Array<PromiseSettledResult<T>>> {
		return await this.server.visitFolders(paths, visit);
	}

	/** The connection outlives the run. */
	async close(): Promise<void> {}
}
