/**
 * Harmonic mean 2ab / (a + b): F1 of precision and recall, or of two accuracies. 0 if either is 0.
 *
 * @example
 * import { harmonicMean } from '@icrl/evaluators'
 * harmonicMean(0.6, 0.5) // 0.5454…
 */
export function harmonicMean(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : (2 * a * b) / (a + b)
}

/** Precision, recall and their harmonic mean. */
export interface PrecisionRecall {
  /** Share of what was found that is right. */
  readonly precision: number
  /** Share of what is right that was found. */
  readonly recall: number
  /** Their harmonic mean; 0 where both are. */
  readonly f1: number
}

/** What {@link f1} counts. */
export interface F1Counts {
  /** Found and there. A share counts in part: a right finding with a half right explanation. */
  readonly hits: number
  /** Found. */
  readonly found: number
  /** There. */
  readonly actual: number
}

/**
 * P = hits / found, R = hits / there, F1 = 2PR / (P + R). A ratio over nothing is 0, as in the
 * releases of VISCO and DeltaBench.
 *
 * @example
 * import { f1 } from '@icrl/evaluators'
 * f1({ hits: 3, found: 4, actual: 6 }) // { precision: 0.75, recall: 0.5, f1: 0.6 }
 */
export function f1({ hits, found, actual }: F1Counts): PrecisionRecall {
  const precision = found === 0 ? 0 : hits / found
  const recall = actual === 0 ? 0 : hits / actual
  return { precision, recall, f1: harmonicMean(precision, recall) }
}

/**
 * F1 of finding what is wrong: `true` is right, so `false` is what is to be found, and never saying
 * "wrong" scores 0. A verdict that is missing finds nothing.
 *
 * @param labels `[N]` whether each is right
 * @param verdicts `[N]` what was said of it
 * @example
 * import { errorF1 } from '@icrl/evaluators'
 * errorF1([false, false, true], [false, true, true]).f1 // 0.666…
 */
export function errorF1(
  labels: readonly boolean[],
  verdicts: readonly (boolean | undefined)[],
): PrecisionRecall {
  return f1({
    hits: labels.filter((label, i) => !label && verdicts[i] === false).length,
    found: verdicts.filter((verdict) => verdict === false).length,
    actual: labels.filter((label) => !label).length,
  })
}
