import type { Json } from '@icrl/core'

/**
 * A line of `metrics.jsonl` or `timing.jsonl`: finite numbers by key; a key without a value is
 * missing.
 */
export type Metrics = Readonly<Record<string, number>>

/** One held-out evaluation. */
export interface EvaluationPoint {
  /** Steps done before it: 0 is the untrained model. */
  readonly step: number
  /** Training tokens sampled before it. */
  readonly tokens: number
  /** Seconds of training before it, without evaluations; missing if the run has no timing. */
  readonly seconds?: number
  /** `eval/*` and whatever else was measured with it. */
  readonly metrics: Metrics
}

/** What `summary.json` holds; any field may be missing in a run that has not got that far. */
export interface RunSummary {
  readonly method?: string
  readonly seed?: number
  readonly steps?: number
  /** The condition that `eval_*` are of; missing in older runs, where it is `critique_free`. */
  readonly headline?: string
  readonly eval_initial?: number
  readonly eval_final?: number
  readonly eval_best?: number
  /** Share of the sessions that each is over, if some failed before an attempt ended. */
  readonly eval_initial_coverage?: number
  readonly eval_final_coverage?: number
  readonly eval_best_coverage?: number
  readonly tokens_sampled?: number
  readonly wall_seconds?: number
  readonly backend?: string
  readonly isa?: string
  readonly metrics_sha256?: string
}

/** Something a reader should know about the files, in a sentence. */
export interface RunNote {
  readonly file: string
  readonly text: string
}

/**
 * The contents of a run folder. Samples and per-task evaluations stay on disk: see `readSamples`
 * and `readEvaluation`.
 */
export interface Run {
  readonly directory: string
  /** What the run is called: its arm in a comparison, or else its method. */
  readonly label: string
  readonly seed: number
  /** `config.json`, if there is one. */
  readonly config?: Json
  readonly summary?: RunSummary
  /** One object per step. */
  readonly metrics: readonly Metrics[]
  /** One object per step; shorter than `metrics` or empty if it was not written. */
  readonly timing: readonly Metrics[]
  /** In order of steps. */
  readonly evaluations: readonly EvaluationPoint[]
  /** Steps whose samples are stored. */
  readonly sampleSteps: readonly number[]
  /** Steps done before each evaluation whose outcomes per task are stored. */
  readonly evaluationSteps: readonly number[]
  /** Torn lines and wrong checksums. */
  readonly notes: readonly RunNote[]
}
