import type { Metrics } from './run.ts'

/**
 * Seconds a step trained: its evaluation is for the reader, not part of what the method costs.
 * Undefined where not recorded.
 */
export function secondsOfStep(timing: Metrics): number | undefined {
  const seconds = timing['perf/step_seconds']
  return seconds === undefined
    ? undefined
    : Math.max(0, seconds - (timing['perf/phase/evaluate'] ?? 0))
}
