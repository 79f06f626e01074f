/** One side of a comparison: performs one measurement and returns its figure. */
export type Side = () => Promise<number>

/** Seconds that a turn lasts at least, so that waking up after the pause does not count. */
const TURN_SECONDS = 1

/**
 * A side that does what `run` does so often that a turn is long enough; `run` returns seconds a
 * repetition.
 */
export function repeated(run: (repeats: number) => Promise<number>): Side {
  let repeats = 1
  return async () => {
    const seconds = await run(repeats)
    repeats = Math.max(1, Math.ceil(TURN_SECONDS / seconds))
    return seconds
  }
}

/** A side's figures, one per round, and their median, or why it has none. */
export type Outcome =
  | { readonly median: number; readonly figures: readonly number[] }
  | { readonly failed: string }

export interface InterleaveOptions {
  /** Measurements a side, after one that does not count. */
  readonly rounds: number
  /** No round begins after so many seconds, except each side's first. */
  readonly seconds: number
  /**
   * Quiet time in ms before each measurement: the threads of the other side stop spinning,
   * OpenBLAS's only after 40 and more.
   */
  readonly pause?: number
}

/**
 * Measures all sides in turn, round after round, so that whatever else the machine does hits each
 * of them. A side that throws is out; the others go on.
 */
export async function interleave<Name extends string>(
  sides: Readonly<Record<Name, Side | undefined>>,
  { rounds, seconds, pause = 300 }: InterleaveOptions,
): Promise<Record<Name, Outcome | undefined>> {
  const running = new Map(
    Object.entries<Side | undefined>(sides).flatMap(([name, side]) =>
      side === undefined ? [] : [[name, side] as const],
    ),
  )
  const figures = new Map([...running.keys()].map((name) => [name, [] as number[]]))
  const failures = new Map<string, string>()
  const end = performance.now() + seconds * 1000
  for (let round = -1; round < rounds; round++) {
    if (round > 0 && performance.now() > end) break
    for (const [name, side] of running) {
      try {
        await new Promise((resolve) => setTimeout(resolve, pause))
        const figure = await side()
        if (round >= 0) figures.get(name)?.push(figure)
      } catch (error) {
        failures.set(name, error instanceof Error ? error.message : String(error))
        running.delete(name)
      }
    }
  }
  const outcome = (name: string): Outcome | undefined => {
    const failed = failures.get(name)
    const found = figures.get(name)
    if (failed !== undefined) return { failed }
    return found === undefined ? undefined : { median: median(found), figures: found }
  }
  return Object.fromEntries(Object.keys(sides).map((name) => [name, outcome(name)])) as Record<
    Name,
    Outcome | undefined
  >
}

/** Middle value; the mean of the middle two of an even number. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('median: no values')
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
