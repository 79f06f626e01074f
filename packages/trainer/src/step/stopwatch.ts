/** Seconds spent in each phase of a step. */
export interface Stopwatch {
  /** Runs the work and charges its time to the phase. */
  measure<Result>(phase: string, work: () => Promise<Result>): Promise<Result>
  /** Seconds of a phase so far. */
  of(phase: string): number
  /** Seconds since the watch was started. */
  total(): number
}

/** Starts a watch. Its figures go to `timing.jsonl` and nowhere else. */
export function startStopwatch(): Stopwatch {
  const began = performance.now()
  const seconds = new Map<string, number>()
  return {
    async measure(phase, work) {
      const from = performance.now()
      try {
        return await work()
      } finally {
        seconds.set(phase, (seconds.get(phase) ?? 0) + (performance.now() - from) / 1000)
      }
    },
    of: (phase) => seconds.get(phase) ?? 0,
    total: () => (performance.now() - began) / 1000,
  }
}
