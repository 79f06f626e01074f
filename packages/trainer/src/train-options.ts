import type {
  Correction,
  Json,
  Policy,
  Recipe,
  RoleBinding,
  Sample,
  Sampler,
  Sampling,
  Scorer,
  SessionResult,
  Task,
  TextGenerator,
} from '@icrl/core'
import type { Schedule } from './learning-rate.ts'
import type { RunStore } from './run/run-store.ts'

/**
 * What answers a role: the name of a trained policy, another sampler, or an endpoint that answers
 * in text.
 */
export type RoleSource = string | Sampler | TextGenerator

/** A role of a run: how it speaks, what answers it, and the policy that is trained on it. */
export interface RunRole extends RoleBinding {
  /** What answers the role. @defaultValue the policy that it trains */
  readonly by?: RoleSource
}

/**
 * When a run ends: after so many steps, or with the first step that reaches so many sampled
 * training tokens.
 */
export type StopRule =
  | {
      /** Training steps of the run. */
      readonly steps: number
    }
  | {
      /** Sampled training tokens, those of failed sessions included. */
      readonly tokens: number
    }

/** A set of held-out tasks, and how they are attempted. */
export interface EvaluationSet<T extends Task = Task> {
  /** The held-out tasks. */
  readonly tasks: readonly T[]
  /**
   * Sessions of each task under each condition; more than one also gives pass@k.
   *
   * @defaultValue 1
   */
  readonly repeats?: number
  /** Limits and softmax that differ from training's, by role. @defaultValue training's */
  readonly sampling?: Readonly<Record<string, Partial<Sampling>>>
}

/** How often held-out tasks are evaluated. */
export interface EvaluationSchedule {
  /**
   * Steps from one evaluation to the next; the first is before step 0, the last after the last
   * step.
   *
   * @defaultValue 10
   */
  readonly every?: number
}

/** One set of held-out tasks; its figures are `eval/<condition>`. */
export interface EvaluationOfTasks<T extends Task = Task>
  extends EvaluationSet<T>, EvaluationSchedule {
  /** There is one set, `tasks`. */
  readonly sets?: undefined
}

/**
 * Several sets of held-out tasks by name. Each has figures `eval/<set>/<condition>`, and
 * `eval/<condition>` is their mean, each set counted once. Sets are evaluated in the order of their
 * names; a task of one id in two of them has the same draws in both.
 */
export interface EvaluationOfSets<T extends Task = Task> extends EvaluationSchedule {
  /** The sets by name. */
  readonly sets: Readonly<Record<string, EvaluationSet<T>>>
  /** Held-out tasks are in `sets`. */
  readonly tasks?: undefined
}

/** The held-out tasks, and how often they are evaluated. */
export type EvaluationOptions<T extends Task = Task> = EvaluationOfTasks<T> | EvaluationOfSets<T>

/** How every optimizer step is made. */
export interface OptimizerOptions {
  /** One rate for the whole run, or a schedule, whose rate is then in the metrics. */
  readonly learningRate: number | Schedule
  /** Global gradient norm above which the gradient is scaled down. @defaultValue never scaled */
  readonly clipNorm?: number
}

/** A reference that follows its policy. */
export interface ReferenceSync {
  /** Training steps from one copy of the policy's weights to the next; the first is the start. */
  readonly every: number
}

/**
 * A reference policy: a scorer, such as a teacher; the name of a policy of the run, as it was when
 * the run began; or a copy of the policy itself that is renewed now and then.
 */
export type ReferenceSource = Scorer | string | ReferenceSync

/** A run whose sessions are sampled while it learns from earlier ones. */
export interface AsynchronousOptions {
  /**
   * Steps by which the weights that sample are behind those that learn, 0 or more: step s learns
   * from sessions that the weights after s − `staleness` steps sampled (the first steps, from those
   * of the first weights). So many steps are being sampled while one learns. 0 is the synchronous
   * loop, byte for byte.
   */
  readonly staleness: number
}

/** When checkpoints are written, and how many are kept. */
export interface CheckpointOptions {
  /**
   * Steps from one checkpoint to the next.
   *
   * @defaultValue at each evaluation, or every 10 steps without one
   */
  readonly every?: number
  /**
   * How many of the newest checkpoints are kept. With 0, none are written while the run goes on;
   * one that pauses writes one, to be resumed from. References that are renewed every so many steps
   * need 1 or more.
   *
   * @defaultValue 3
   */
  readonly keep?: number
}

/**
 * Everything that a run needs, as values: the trainer builds no model, environment or algorithm.
 */
export interface TrainOptions<T extends Task = Task> extends TrainHooks {
  /** The method. */
  readonly recipe: Recipe<T>
  /** Policies that learn, by name. */
  readonly policies: Readonly<Record<string, Policy>>
  /** How each role speaks, what answers it, and which policy is trained on it. */
  readonly roles: Readonly<Record<string, RunRole>>
  /** Training tasks; each pass over them has an order of its own, drawn from the seed. */
  readonly tasks: readonly T[]
  /** Held-out tasks, and how often they are evaluated. @defaultValue none are */
  readonly evaluation?: EvaluationOptions<T>
  /** Of all draws of the run. */
  readonly seed: number
  /** When the run ends. */
  readonly stop: StopRule
  /** For all policies, or by policy. */
  readonly optimizer: OptimizerOptions | Readonly<Record<string, OptimizerOptions>>
  /**
   * True: an optimizer batch whose loss or gradient is not finite makes no step, and the run goes
   * on; `policy/skipped_steps` counts them, and the other figures of learning leave them out.
   *
   * @defaultValue false, the run ends there
   */
  readonly skipNonFinite?: boolean
  /**
   * Sessions of the next steps are sampled while a step learns, by snapshots of the policies. What
   * a step learns from is fixed by its number, not by the clock.
   *
   * @defaultValue a step's sessions are sampled before it learns, by the weights that learn
   */
  readonly asynchronous?: AsynchronousOptions
  /**
   * Corrects samples of other weights, or of another engine, than those that learn, where the
   * recipe has no correction of its own. Samples of weights that have moved on then have the
   * log-probabilities of those weights as old ones, computed before they go; a policy whose sampler
   * is another engine is refused.
   *
   * @defaultValue none
   */
  readonly correction?: Correction
  /**
   * References by policy.
   *
   * @defaultValue where the recipe wants a reference, it is the policy as it was when the run began
   */
  readonly references?: Readonly<Record<string, ReferenceSource>>
  /** Sessions of a step under way at once. @defaultValue 64 */
  readonly concurrency?: number
  /** Milliseconds that a session may take. @defaultValue no limit */
  readonly sessionTimeoutMs?: number
  /**
   * Steps one after another in which every session failed that end the run. A run whose sessions
   * all failed ends with an error however few its steps.
   *
   * @defaultValue 3
   */
  readonly maxFailedSteps?: number
  /** The run's folder on disk: short for `folder: runFolder(directory)`. @defaultValue `folder`'s */
  readonly directory?: string
  /** Where the run keeps its files. @defaultValue nowhere, and nothing is written */
  readonly folder?: RunStore
  /**
   * True: continue the run in its folder from its newest checkpoint, or begin it if there is none.
   * A later `stop` extends it, and `concurrency` and `checkpoints` may differ, too.
   *
   * @defaultValue false
   */
  readonly resume?: boolean
  /** From what a run is resumed. @defaultValue one at each evaluation, the newest 3 are kept */
  readonly checkpoints?: CheckpointOptions
  /** Minutes after which the run stops between two steps, to be resumed. @defaultValue no limit */
  readonly maxMinutes?: number
  /**
   * What `config.json` is to hold besides the trainer's own settings: the model, the data… It must
   * be the same when the run is resumed.
   *
   * @defaultValue nothing
   */
  readonly config?: Json
  /**
   * What `config.json` is to hold of how this part of the run was started. It may differ when the
   * run is resumed.
   *
   * @defaultValue nothing
   */
  readonly launch?: Json
  /** Stored in `summary.json`: `backend`, `isa`. @defaultValue neither */
  readonly platform?: { readonly backend?: string; readonly isa?: string }
  /**
   * Stops the run, to be resumed: between two steps, or at once while sampling is under way, which
   * drops the step that has begun.
   *
   * @defaultValue nothing stops it
   */
  readonly signal?: AbortSignal
}

/** Functions that are called as a run goes on. An error that one throws ends the run. */
export interface TrainHooks {
  /** Called once, before the first step. */
  readonly onStart?: (event: StartEvent) => void
  /** Called whenever a session ends. The order is not fixed. */
  readonly onSession?: (event: SessionEvent) => void
  /** Called after each step, once all of it is in the folder. */
  readonly onStep?: (event: StepEvent) => void
  /** Called after each evaluation. */
  readonly onEvaluation?: (event: EvaluationEvent) => void
}

/** A run begins, or goes on. */
export interface StartEvent {
  /** The run's folder, if it has one. */
  readonly directory?: string
  /** Step that the run begins or continues with. */
  readonly step: number
  /** Whether it goes on from a checkpoint. */
  readonly resumed: boolean
  /** Lines of `metrics.jsonl` of the steps before it. */
  readonly metrics: readonly Metrics[]
}

/** One session ended. */
export interface SessionEvent {
  /** The training step, from 0. */
  readonly step: number
  /** What the session was sampled for. */
  readonly phase: 'train' | 'evaluation'
  /** The set of held-out tasks that the session is of, if it has a name. */
  readonly set?: string
  /** What came out of it. */
  readonly result: SessionResult
}

/** A line of `metrics.jsonl` or `timing.jsonl`: flat, finite numbers, keys in a fixed order. */
export type Metrics = Readonly<Record<string, number>>

/** One step ended. */
export interface StepEvent {
  /** The training step, from 0. */
  readonly step: number
  /** Figures of the step, by their names. */
  readonly metrics: Metrics
  /** Seconds of its parts, which are no part of the metrics. */
  readonly timing: Metrics
  /** What was sampled for it. */
  readonly sessions: readonly SessionResult[]
  /** Samples of the step with what was computed for them, in key order. */
  readonly samples: readonly Sample[]
}

/** An evaluation ended. */
export interface EvaluationEvent {
  /** Steps done before it. */
  readonly step: number
  /** Figures of the evaluation, by their names. */
  readonly metrics: Metrics
}

/** One evaluation, as the summary lists them. */
export interface EvaluationRecord {
  /** Steps done before it. */
  readonly step: number
  /** Training tokens sampled before it. */
  readonly tokens: number
  /** Figures of the evaluation, by their names. */
  readonly metrics: Metrics
}

/**
 * What `summary.json` holds. `eval_*` are accuracies under `headline`, on held-out tasks, each with
 * the share of sessions that it is over (`…_coverage`, 0 without an accuracy) if some failed before an
 * attempt ended.
 */
export interface RunSummary {
  /** Name of the recipe. */
  readonly method: string
  /** Of all draws of the run. */
  readonly seed: number
  /** Steps done. */
  readonly steps: number
  /** The condition that sums up the run; absent if nothing was evaluated yet. */
  readonly headline?: string
  /** Before the first step; absent if every session failed. */
  readonly eval_initial?: number
  /** Share of sessions that `eval_initial` is over, if some failed before an attempt. */
  readonly eval_initial_coverage?: number
  /** After the last step; absent if the run has not ended, or every session failed. */
  readonly eval_final?: number
  /** The same of `eval_final`. */
  readonly eval_final_coverage?: number
  /** Of all evaluations. */
  readonly eval_best?: number
  /** The same of `eval_best`. */
  readonly eval_best_coverage?: number
  /** Sampled training tokens, those of failed sessions included. */
  readonly tokens_sampled: number
  /** Seconds of all parts of a resumed run together. */
  readonly wall_seconds: number
  /** The backend that computed it. */
  readonly backend?: string
  /** Instruction set of the backend. */
  readonly isa?: string
  /** SHA-256 of the bytes of `metrics.jsonl`. */
  readonly metrics_sha256: string
  /** All of them, first to last. */
  readonly evaluations: readonly EvaluationRecord[]
}

/** What {@link train} returns. */
export interface TrainResult {
  /** Figures of the whole run. */
  readonly summary: RunSummary
  /** One object per step, as in `metrics.jsonl`. */
  readonly metrics: readonly Metrics[]
  /** False if `signal` or `maxMinutes` ended the run before `stop` did: resume it to go on. */
  readonly finished: boolean
}
