/**
 * A figure with its 95% interval, which is missing if nothing could be resampled (one seed and no
 * outcomes per task).
 */
export interface Estimate {
  readonly value: number
  readonly low?: number
  readonly high?: number
}

/** One run's curve and its figures. */
export interface ComparedRun {
  readonly directory: string
  readonly seed: number
  /** Every evaluation; `seconds` of training without evaluations, if the run has timing. */
  readonly points: readonly {
    readonly step: number
    readonly tokens: number
    readonly seconds?: number
    readonly value: number
  }[]
  readonly initial: number
  /** At the last evaluation, wherever it was. */
  readonly final: number
  readonly best: number
  /** On the common horizon. */
  readonly atHorizon: number
  readonly area: number
  /** Missing if the curve never reaches the threshold. */
  readonly tokensToThreshold?: number
}

/**
 * Tokens to the threshold over a method's seeds. A median or bound is missing if it falls among
 * seeds that never reach it.
 */
export interface ThresholdEstimate {
  readonly reached: number
  readonly of: number
  readonly median?: number
  readonly low?: number
  readonly high?: number
}

/** One method, over its seeds. */
export interface ComparedMethod {
  readonly method: string
  /** By seed. */
  readonly runs: readonly ComparedRun[]
  /** Mean over seeds of the accuracy at the horizon. */
  readonly atHorizon: Estimate
  /** Mean over seeds of the area under the curve up to the horizon. */
  readonly area: Estimate
  readonly tokensToThreshold: ThresholdEstimate
}

/** `first − second`, at the same seeds and tasks. */
export interface PairedDifference {
  readonly first: string
  readonly second: string
  /** Seeds both were run with. */
  readonly seeds: readonly number[]
  readonly atHorizon: Estimate
  readonly area: Estimate
}

/** Methods at equal sampled tokens. */
export interface Comparison {
  readonly condition: string
  readonly threshold: number
  /** Sampled training tokens that every run reached: up to here the methods are compared. */
  readonly horizon: number
  /**
   * Number of held-out tasks with an outcome in every evaluation of every run; 0 if there are none,
   * or outcomes per task are not stored.
   */
  readonly tasks: number
  /**
   * Sets that the tasks are of. With more than one, accuracies are means over the sets, each counted
   * once.
   */
  readonly sets: number
  readonly methods: readonly ComparedMethod[]
  readonly pairs: readonly PairedDifference[]
  /** Runs left out because they were never evaluated under the condition, as `label, seed n`. */
  readonly omitted: readonly string[]
  /**
   * Evaluations of which sessions failed before an attempt ended. They count as no success, so an
   * accuracy is at least what is said, and at most `failed / of` more; where all failed, the
   * evaluation is left out.
   */
  readonly partial: readonly {
    readonly method: string
    readonly seed: number
    readonly step: number
    readonly failed: number
    readonly of: number
  }[]
  /** What else differs between the methods, in sentences: models, learning rates. */
  readonly unlike: readonly string[]
  /** How the intervals were made, in sentences. */
  readonly statement: string
}
