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
  /** Name of the recipe. */
  readonly method?: string
  /** Of all draws of the run. */
  readonly seed?: number
  /** Training steps. */
  readonly steps?: number
  /** The condition that `eval_*` are of; missing in older runs, where it is `critique_free`. */
  readonly headline?: string
  /** Held-out success before step 0. */
  readonly eval_initial?: number
  /** Held-out success after the last step. */
  readonly eval_final?: number
  /** The best of all evaluations. */
  readonly eval_best?: number
  /** Share of the sessions that each is over, if some failed before an attempt ended. */
  readonly eval_initial_coverage?: number
  /** The same of `eval_final`. */
  readonly eval_final_coverage?: number
  /** The same of `eval_best`. */
  readonly eval_best_coverage?: number
  /** Sampled training tokens, those of failed sessions included. */
  readonly tokens_sampled?: number
  /** From its start to its end. */
  readonly wall_seconds?: number
  /** The backend that computed it. */
  readonly backend?: string
  /** Instruction set of the backend. */
  readonly isa?: string
  /** SHA-256 of `metrics.jsonl`. */
  readonly metrics_sha256?: string
}

/** Something a reader should know about the files, in a sentence. */
export interface RunNote {
  /** The file that it is about. */
  readonly file: string
  /** What is wrong there. */
  readonly text: string
}

/**
 * The contents of a run folder. Samples and per-task evaluations stay on disk: see `readSamples`
 * and `readEvaluation`.
 */
export interface Run {
  /** Its folder. */
  readonly directory: string
  /** What the run is called: its arm in a comparison, or else its method. */
  readonly label: string
  /** Of all its draws. */
  readonly seed: number
  /** `config.json`, if there is one. */
  readonly config?: Json
  /** Its figures, once it has ended. */
  readonly summary?: RunSummary
  /** One object per step. */
  readonly metrics: readonly Metrics[]
  /** One object per step; shorter than `metrics` or empty if it was not written. */
  readonly timing: readonly Metrics[]
  /** In order of steps. */
  readonly evaluations: readonly EvaluationPoint[]
  /** `[steps]` steps whose samples are stored. */
  readonly sampleSteps: readonly number[]
  /** `[evaluations]` steps done before each evaluation whose outcomes per task are stored. */
  readonly evaluationSteps: readonly number[]
  /** Torn lines and wrong checksums. */
  readonly notes: readonly RunNote[]
}
