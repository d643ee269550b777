/** Says between two commands whether to stop: an AbortSignal, or a run's budget, whose deadline goes by the clock handed in. */
export type StopSignal = Pick<AbortSignal, 'aborted'>;
