/**
 * A figure with its 95% interval, which is missing if nothing could be resampled (one seed and no
 * outcomes per task).
 */
export interface Estimate {
  /** The estimate itself. */
  readonly value: number
  /** Lower end of its interval. */
  readonly low?: number
  /** Upper end of its interval. */
  readonly high?: number
}

/** One run's curve and its figures. */
export interface ComparedRun {
  /** Its folder. */
  readonly directory: string
  /** Of all its draws. */
  readonly seed: number
  /** Every evaluation; `seconds` of training without evaluations, if the run has timing. */
  readonly points: readonly {
    readonly step: number
    readonly tokens: number
    readonly seconds?: number
    readonly value: number
  }[]
  /** Success before training. */
  readonly initial: number
  /** At the last evaluation, wherever it was. */
  readonly final: number
  /** The best of all evaluations. */
  readonly best: number
  /** On the common horizon. */
  readonly atHorizon: number
  /** Mean success over sampled tokens, up to the horizon. */
  readonly area: number
  /** Missing if the curve never reaches the threshold. */
  readonly tokensToThreshold?: number
}

/**
 * Tokens to the threshold over a method's seeds. A median or bound is missing if it falls among
 * seeds that never reach it.
 */
export interface ThresholdEstimate {
  /** Runs that reached it. */
  readonly reached: number
  /** Runs in all. */
  readonly of: number
  /** Tokens of the run in the middle. */
  readonly median?: number
  /** Lower end of its interval. */
  readonly low?: number
  /** Upper end of its interval. */
  readonly high?: number
}

/** One method, over its seeds. */
export interface ComparedMethod {
  /** Its name. */
  readonly method: string
  /** By seed. */
  readonly runs: readonly ComparedRun[]
  /** Mean over seeds of the accuracy at the horizon. */
  readonly atHorizon: Estimate
  /** Mean over seeds of the area under the curve up to the horizon. */
  readonly area: Estimate
  /** Sampled tokens until the threshold was reached. */
  readonly tokensToThreshold: ThresholdEstimate
}

/** `first − second`, at the same seeds and tasks. */
export interface PairedDifference {
  /** Name of the method on the left of the minus. */
  readonly first: string
  /** Name of the method on its right. */
  readonly second: string
  /** `[seeds]` seeds both were run with. */
  readonly seeds: readonly number[]
  /** Difference of success at the horizon. */
  readonly atHorizon: Estimate
  /** Difference of mean success up to it. */
  readonly area: Estimate
}

/** Methods at equal sampled tokens. */
export interface Comparison {
  /** Which evaluations are compared. */
  readonly condition: string
  /** Success that counts as reached. */
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
  /** Summary of each method. */
  readonly methods: readonly ComparedMethod[]
  /** Differences between each two. */
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
