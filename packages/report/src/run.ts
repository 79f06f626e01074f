import type { Json } from '@icrl/core'

/**
 * A line of `metrics.jsonl` or `timing.jsonl`: flat, finite numbers; a key without a value is
 * absent.
 */
export type Metrics = Readonly<Record<string, number>>

/** One held-out evaluation. */
export interface EvaluationPoint {
  /** Steps done before it: 0 is the untrained model. */
  readonly step: number
  /** Training tokens sampled before it. */
  readonly tokens: number
  /** Seconds of training before it, evaluations apart; absent where the run has no timing. */
  readonly seconds?: number
  /** `eval/*` and what else was measured with it. */
  readonly metrics: Metrics
}

/** What `summary.json` holds; every field may be missing in a run that has not come that far. */
export interface RunSummary {
  readonly method?: string
  readonly seed?: number
  readonly steps?: number
  readonly eval_initial?: number
  readonly eval_final?: number
  readonly eval_best?: number
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
 * A run folder, read. Samples and per-task evaluations stay on disk: see `readSamples` and
 * `readEvaluation`.
 */
export interface Run {
  readonly directory: string
  /** What the run is called beside others: its arm in a comparison, else its method. */
  readonly label: string
  readonly seed: number
  /** `config.json`, where there is one. */
  readonly config?: Json
  readonly summary?: RunSummary
  /** One object a step. */
  readonly metrics: readonly Metrics[]
  /** One object a step; shorter than `metrics` or empty where it was not written. */
  readonly timing: readonly Metrics[]
  /** In order of steps. */
  readonly evaluations: readonly EvaluationPoint[]
  /** Steps whose samples are stored. */
  readonly sampleSteps: readonly number[]
  /** Steps done before each evaluation whose outcomes per task are stored. */
  readonly evaluationSteps: readonly number[]
  /** Torn lines, checksums that differ. */
  readonly notes: readonly RunNote[]
}
