import type {
  Json,
  Policy,
  Recipe,
  SessionProtocol,
  SessionResult,
  Snapshot,
  Task,
} from '@icrl/core'
import type {
  EvaluationOptions,
  Metrics,
  RunRole,
  RunSummary,
  StopRule,
  TrainHooks,
  TrainOptions,
} from '../train-options.ts'

/** What {@link program} runs with. */
export interface ProgramOptions extends ProgramHooks {
  /** The program's folder, which holds one folder per step. */
  readonly directory: string
  /**
   * Policies that learn, by name, with the weights that the program begins with. They need the
   * capability `save`. Between two steps only the program may change them.
   */
  readonly policies: Readonly<Record<string, Policy>>
  /** How roles speak and what answers them, in all steps that do not say otherwise. */
  readonly roles: Readonly<Record<string, RunRole>>
  /** Every step draws from a stream of its own, named by this seed and the step's name. */
  readonly seed: number
  /**
   * True: continue the program in `directory`, or begin it if there is none.
   *
   * @defaultValue false
   */
  readonly resume?: boolean
  /**
   * Pauses the program, to be resumed: as it pauses `train`, and before the next step.
   *
   * @defaultValue nothing pauses it
   */
  readonly signal?: AbortSignal
  /**
   * Minutes after which the program pauses, as `train` does or before the next step.
   *
   * @defaultValue no limit
   */
  readonly maxMinutes?: number
  /** Sessions under way at once, unless a step says otherwise. @defaultValue 64 */
  readonly concurrency?: number
  /** Milliseconds that a session may take, unless a step says otherwise. @defaultValue no limit */
  readonly sessionTimeoutMs?: number
  /**
   * What `program.json` is to hold besides seed and policies: the models, above all. It must be the
   * same when the program is resumed.
   *
   * @defaultValue nothing
   */
  readonly config?: Json
  /**
   * What `program.json` is to hold of how the program was started last: where its script lies. It
   * may differ when the program is resumed.
   *
   * @defaultValue nothing
   */
  readonly launch?: Json
  /** Stored in the summary of every run: `backend`, `isa`. @defaultValue neither */
  readonly platform?: TrainOptions['platform']
}

/** Functions that are called as a program goes on. An error that one throws ends the program. */
export interface ProgramHooks {
  /** Called when a step begins, or is found finished. */
  readonly onBegin?: (event: { readonly name: string; readonly kind: StepKind }) => void
  /** Called when a step has ended; `skipped` if it had been finished before. */
  readonly onEnd?: (event: { readonly step: ProgramStep; readonly skipped: boolean }) => void
  /** Gives the hooks of a training step that is about to run. */
  readonly trainHooks?: (name: string, stop: StopRule) => TrainHooks
}

/** What a step does. */
export type StepKind = 'train' | 'gather' | 'measure' | 'keep'

/** What a script does with a program's policies: durable, named steps. */
export interface Lab {
  /** The program's seed, for draws of the script's own: `randomStream(lab.seed, 'split')`. */
  readonly seed: number
  /**
   * Trains, in a run folder of its own. The policies begin with the weights that they have, each
   * with a fresh optimizer, and end with the trained ones. A finished run is not run again: the
   * policies are given its model.
   *
   * @throws as `train`; `corrupt-file` for a model that is not as it was written
   */
  train<T extends Task>(name: string, options: LabTrainOptions<T>): Promise<RunSummary>
  /**
   * Runs sessions and stores them, without learning. Draws are those of a training rollout, so that
   * the samples can be learned from; a role that is to answer greedily must have no policy.
   *
   * @returns the sessions, ordered by task, then session
   */
  gather<T extends Task>(name: string, options: GatherOptions<T>): Promise<readonly SessionResult[]>
  /**
   * Runs protocols on held-out tasks and stores their figures: `eval/<protocol>` is the accuracy.
   * Its tokens are not part of the program's ledger, as a run's evaluations are not.
   */
  measure<T extends Task>(name: string, options: MeasureOptions<T>): Promise<Metrics>
  /**
   * Keeps a policy's weights in the program's folder.
   *
   * @param policy default: the only one
   */
  keep(name: string, policy?: string): Promise<Kept>
  /** Gives a policy the weights that were kept of it, with a fresh optimizer. */
  restore(kept: Kept): Promise<void>
  /**
   * A model with kept weights that never changes: the reference of a later step, or a frozen
   * partner (`by` of a role). Dispose of it when it is not needed any more; the program disposes of
   * those that are left.
   *
   * @throws `unsupported` if the policy has no snapshots
   */
  frozen(kept: Kept): Promise<Snapshot>
}

/** Weights that {@link Lab.keep} kept. */
export interface Kept {
  /** The step's name. */
  readonly name: string
  /** Which policy it is of. */
  readonly policy: string
}

/** Options of {@link Lab.train}: those of `train` but for what the program gives. */
export type LabTrainOptions<T extends Task = Task> = Omit<
  TrainOptions<T>,
  | 'policies'
  | 'roles'
  | 'seed'
  | 'directory'
  | 'resume'
  | 'signal'
  | 'maxMinutes'
  | 'platform'
  | 'launch'
  | 'folder'
  | keyof TrainHooks
> & {
  /** Roles that differ from the program's, or that it does not have. @defaultValue the program's */
  readonly roles?: Readonly<Record<string, RunRole>>
}

/** Options of {@link Lab.gather}. */
export interface GatherOptions<T extends Task = Task> {
  /** What a session does. */
  readonly protocol: SessionProtocol<T>
  /** What is attempted, in this order. */
  readonly tasks: readonly T[]
  /** Sessions per task. @defaultValue 1 */
  readonly sessions?: number
  /** Roles that differ from the program's, or that it does not have. @defaultValue the program's */
  readonly roles?: Readonly<Record<string, RunRole>>
  /** Sessions under way at once. @defaultValue 64 */
  readonly concurrency?: number
  /** Milliseconds that a session may take. @defaultValue no limit */
  readonly sessionTimeoutMs?: number
  /**
   * What the protocol was made with: a step whose value changed is refused.
   *
   * @defaultValue nothing
   */
  readonly config?: Json
}

type WithoutInterval<Evaluation> = Evaluation extends unknown ? Omit<Evaluation, 'every'> : never

/** Options of {@link Lab.measure}: held-out tasks or sets of them, and what is measured on them. */
export type MeasureOptions<T extends Task = Task> = WithoutInterval<EvaluationOptions<T>> & {
  /** Conditions, by name. */
  readonly protocols: Readonly<Record<string, SessionProtocol<T>>>
  /** The condition that pass@k is of. @defaultValue the first */
  readonly headline?: string
  /** Further figures of the same sessions. @defaultValue none */
  readonly measure?: Recipe<T>['onEvaluate']
  /** Roles that differ from the program's, or that it does not have. @defaultValue the program's */
  readonly roles?: Readonly<Record<string, RunRole>>
  /** Sessions under way at once. @defaultValue 64 */
  readonly concurrency?: number
  /** Milliseconds that a session may take. @defaultValue no limit */
  readonly sessionTimeoutMs?: number
  /**
   * What the protocols were made with: a step whose value changed is refused.
   *
   * @defaultValue nothing
   */
  readonly config?: Json
}

/** One step of a program, as its summary lists them. */
export interface ProgramStep {
  /** As the program calls it, and its folder. */
  readonly name: string
  /** What is done in it. */
  readonly kind: StepKind
  /** Of a step that trains or gathers: tokens sampled by roles with a policy to train. */
  readonly tokens_sampled?: number
  /** Of a step that gathers: tokens sampled by other roles. Endpoints that answer in text count 0. */
  readonly tokens_untrained?: number
  /** Seconds of all parts of a resumed step together. */
  readonly wall_seconds: number
}

/** What `summary.json` of a program holds. */
export interface ProgramSummary {
  /** Of all draws of the program. */
  readonly seed: number
  /** Steps that ended, in their order. */
  readonly steps: readonly ProgramStep[]
  /** The sum over the steps. */
  readonly tokens_sampled: number
  /**
   * The sum over the steps that gather. What frozen roles of a training step sampled is not known,
   * and not part of it.
   */
  readonly tokens_untrained: number
  /** Seconds that it took. */
  readonly wall_seconds: number
  /** Steps in the folder that the script does not have (any more), in no sum; absent if there are none. */
  readonly unused?: readonly string[]
}

/** What {@link program} returns. */
export interface ProgramResult {
  /** Figures of the whole program. */
  readonly summary: ProgramSummary
  /** False if `signal` or `maxMinutes` ended the program before its script: resume it to go on. */
  readonly finished: boolean
}
