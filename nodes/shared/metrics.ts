import type { Logger } from 'n8n-workflow';
import type { RunMetrics } from '../../sync/run/syncAccount';

/** Takes the numbers of a run: into n8n's log, for who turns on its debug level. Whatever else counts is to be called here. */
export function recordMetrics(logger: Pick<Logger, 'debug'>, node: string, metrics: RunMetrics): void {
	const { events, bytes, foldersWatched, foldersOpened, milliseconds } = metrics;
	logger.debug(
		`${node}: ${events} events and ${bytes} bytes of mail from ${foldersOpened} of ${foldersWatched} folders in ${milliseconds} ms`,
	);
}
