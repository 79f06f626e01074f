import type { Aggregation, Objective } from './objective.ts'
import type { ScoreOptions, TokenScores } from './policy.ts'
import type { RandomStream } from './random.ts'
import type { Sample } from './sample.ts'
import type { SessionProtocol, SessionResult } from './session.ts'
import type { Task } from './task.ts'

/** Any JSON value. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/** What the trainer lends a recipe to gather one step's sessions. */
export interface CollectContext<T extends Task = Task> {
  /** 0-based. */
  readonly step: number
  /**
   * The next `count` training tasks, in the run's order. Each call moves on, and passes over tasks
   * that earlier calls of the same step took: the list is empty once they took all. A call for more
   * tasks than are left has some of them twice. With `where`, tasks that do not satisfy it are
   * passed over, too; the list is empty if none does.
   */
  take(count: number, where?: (task: T) => boolean): readonly T[]
  /**
   * Runs `sessions` sessions of each task, a limited number at once. One that fails comes back with
   * its `failure`. Results are ordered by task, then session. Tasks may be the run's, or made from
   * sessions of this step.
   */
  run<U extends Task = T>(
    protocol: SessionProtocol<U>,
    tasks: readonly U[],
    sessions: number,
    options?: CollectRunOptions,
  ): Promise<SessionResult[]>
  /** The random stream of this name in this step of the run: a function of the seed. */
  random(name: string): RandomStream
  /** Scores samples with the weights of this step. */
  readonly score: ScoreSamples
  /** What the recipe keeps from step to step. */
  readonly memory: RecipeMemory
}

/** Options of {@link CollectContext.run}. */
export interface CollectRunOptions {
  /**
   * Number of each task's first session. Sessions of one number share their draws: to sample a task
   * again in the same step, begin where the last run of it ended.
   *
   * @defaultValue 0
   */
  readonly firstSession?: number
}

/**
 * One JSON value per run that a recipe remembers. It is part of every checkpoint: a run that was
 * killed and resumed remembers the same.
 */
export interface RecipeMemory {
  /** What was remembered last; undefined until something was. It cannot be changed in place. */
  get(): Json | undefined
  /**
   * Remembers a copy of the value, with the keys of its objects in alphabetical order.
   *
   * @throws `invalid-option` naming the recipe and the path of what is not JSON
   */
  set(value: Json): void
}

/** How samples are scored. */
export interface ScoreSamplesOptions {
  /** The prompt to score the responses under. */
  readonly prompt: 'trainedUnder' | 'sampledUnder'
  /** Figures wanted besides log-probabilities. @defaultValue none */
  readonly want?: ScoreOptions
  /**
   * Whose log-probabilities: `policy`, each sample's own; `reference`, that policy's reference; or
   * the name of a policy.
   *
   * @defaultValue `policy`
   */
  readonly by?: 'policy' | 'reference' | (string & {})
}

/**
 * Scores the samples' responses with the current weights, in the order of the samples. Each is
 * scored at its own temperature; one that was sampled greedily, at 1.
 */
export type ScoreSamples = (
  samples: readonly Sample[],
  options: ScoreSamplesOptions,
) => Promise<TokenScores[]>

/** What a method's own figures of a training step are computed from. */
export interface StepFigures {
  /** 0-based. */
  readonly step: number
  /** Empty when a stored step is computed again: sessions are not stored, samples are. */
  readonly sessions: readonly SessionResult[]
  /** Samples as rewarded, before filters, in key order. */
  readonly rewarded: readonly Sample[]
  /** The samples that filters kept, with everything that was computed for them. */
  readonly trained: readonly Sample[]
  /** The recipe's own, or one that returns the weights as they are. */
  readonly capWeights: (weights: Float32Array) => Float32Array
  /** What the recipe keeps from step to step. */
  readonly memory: RecipeMemory
}

/** The held-out sessions of one set of tasks. */
export interface EvaluatedSet {
  /** The set's name; absent if the evaluation has one set without a name. */
  readonly name?: string
  /** Sessions under each of the recipe's `evaluations`. */
  readonly conditions: Readonly<Record<string, readonly SessionResult[]>>
}

/** What a method's own figures of an evaluation are computed from. */
export interface EvaluationFigures {
  /** Steps done before it. */
  readonly step: number
  /** One or more, in the order of their names. */
  readonly sets: readonly EvaluatedSet[]
  /** Scores samples under the weights that are evaluated. */
  readonly score: ScoreSamples
  /** The recipe's own, or one that returns the weights as they are. */
  readonly capWeights: (weights: Float32Array) => Float32Array
  /** Absent if the evaluation is not part of a run. */
  readonly memory?: RecipeMemory
}

/** Figures by name, such as `critic/lift`; one without a value is left out. */
export type Figures = Readonly<Record<string, number | undefined>>

/** Gathers one step's sessions: rollouts, or demonstrations given as samples. */
export type Collector<T extends Task = Task> = (
  context: CollectContext<T>,
) => Promise<readonly SessionResult[]>

/** Returns a session's samples with their `reward` (and named components) set. */
export type RewardRule = (session: SessionResult) => readonly Sample[]

/**
 * Returns the samples of a step's sessions with their `reward` (and named components) set: all of
 * them, so that a reward can depend on other sessions of the group. `eachSession` of
 * `@icrl/advantage` makes one of a {@link RewardRule}.
 */
export type BatchReward = (sessions: readonly SessionResult[]) => readonly Sample[]

/**
 * A {@link RewardRule} that sets rewards and leaves the rest of a sample as it is. It reads `Fields`
 * of a sample and `Parts` of a session, and can be called with as little.
 */
export type RewardSetter<
  Fields extends keyof Sample = never,
  Parts extends keyof SessionResult = never,
> = <S extends Pick<Sample, Fields | 'reward' | 'rewards'>>(
  session: Pick<SessionResult, Parts> & { readonly samples: readonly S[] },
) => S[]

/**
 * Keeps what is worth training. What it leaves out is counted as filtered, or as truncated if the
 * filter lists it there.
 */
export type SampleFilter = (samples: readonly Sample[]) => FilterResult

/**
 * A {@link SampleFilter} that keeps samples as they are. It reads `Reads` of a sample, and can be
 * called with as little.
 */
export type SampleSelector<Reads = Sample> = <S extends Reads>(
  samples: readonly S[],
) => FilterResult<S>

/** What a {@link SampleFilter} kept. */
export interface FilterResult<S = Sample> {
  /** Samples that are trained. */
  readonly kept: readonly S[]
  /** Left out because they were cut off at a length limit. */
  readonly truncated?: readonly S[]
}

/**
 * Advantages `[samples]` of one step's samples, each a number for the whole response or `[T]`. A rule
 * that names what it reads (`AdvantageRule<Pick<Sample, 'keys' | 'reward'>>`) can be called with as
 * little.
 */
export type AdvantageRule<Reads = Sample> = (
  samples: readonly Reads[],
) => readonly (number | Float32Array)[]

/**
 * Token weights `[T]` of one sample, from its behavior and old log-probabilities; undefined if all
 * are 1.
 */
export type WeightRule<Reads = Sample> = (sample: Reads) => Float32Array | undefined

/**
 * Weighs the tokens of a sample that other weights, or another engine, drew than those that train
 * on it. Without one, such a sample is refused where the objective reads old log-probabilities.
 */
export interface Correction {
  /** Every option resolved, as a recipe stores it. */
  readonly options: Json
  /** `[T]` factors c_t ≥ 0 on the loss of each token: constants. Masked positions do not matter. */
  weigh(tokens: CorrectedTokens): Float32Array
}

/** A sample as a {@link Correction} sees it. T is the length of its response. */
export interface CorrectedTokens {
  /** `[T]` nats, under the sampled prompt and the weights that are trained, before they move. */
  readonly current: Float32Array
  /** `[T]` nats, under the sampled prompt and the weights that sampled. */
  readonly behavior: Float32Array
  /** 1 where a token is still trained, `[T]`. */
  readonly mask: Uint8Array
}

/** Samples of earlier steps that are trained again. */
export interface ReplayRule {
  /** For how many steps a sample is replayed, 1 or more. */
  readonly steps: number
  /** Most samples that join a step, the newest first; 1 or more. */
  readonly most: number
  /**
   * Which of a step's trained samples are replayed. It must look at nothing but the sample: a
   * resumed run asks it again, of the stored samples.
   */
  readonly keep: (sample: Sample) => boolean
}

/** A sample that is trained under one more prompt. */
export interface SampleCopy {
  /** Id of the sample whose response and advantage it has. */
  readonly of: string
  /** `[P]` prompt ids the loss will see. */
  readonly trainedUnder: Int32Array
  /** Factor on the advantage, a finite number. @defaultValue 1 */
  readonly scale?: number
  /** The advantage of all its tokens, a finite number. @defaultValue that of its source, scaled */
  readonly advantage?: number
}

/** One stage of a curriculum. */
export interface RecipeStage<T extends Task = Task> {
  /** Steps it lasts; the last stage lasts as long as the run. */
  readonly steps: number
  /** What is trained in this stage. */
  readonly recipe: Recipe<T>
}

/** Named protocols to run on held-out tasks. */
export type EvaluationProtocols<T extends Task = Task> = Readonly<
  Record<string, SessionProtocol<T>>
>

/** What a method needs of a role. */
export interface RecipeRole {
  /**
   * True: the role samples from the initial snapshot of its policy for the whole run (a frozen
   * critic).
   *
   * @defaultValue false
   */
  readonly frozen?: boolean
  /**
   * True: the method learns from what the role says, so the role needs a policy to train.
   *
   * @defaultValue false
   */
  readonly trained?: boolean
}

/**
 * A method as a value: the parts that the trainer calls one after the other. It knows no tensor,
 * file or clock.
 */
export interface Recipe<T extends Task = Task> {
  /** As it stands in metrics, reports and errors. */
  readonly name: string
  /** Every option resolved, as stored in the run's configuration. */
  readonly options: Json
  /** Samples a step's sessions. */
  readonly collect: Collector<T>
  /** Sets the rewards of a whole batch anew. @defaultValue rewards stay as the protocol set them */
  readonly reward?: BatchReward
  /**
   * Applied in order, before advantages: what they leave out counts in no group.
   *
   * @defaultValue everything is kept
   */
  readonly filters?: readonly SampleFilter[]
  /**
   * Applied in order, after advantages: what they leave out counts in its group and has no loss.
   *
   * @defaultValue nothing is masked
   */
  readonly masks?: readonly SampleFilter[]
  /** Gives each sample its advantage. */
  readonly advantages: AdvantageRule
  /** The raw w_t, which are stored with the sample. @defaultValue all 1 */
  readonly weights?: WeightRule
  /** Caps w_t for the objective. @defaultValue leaves them as they are */
  readonly capWeights?: (weights: Float32Array) => Float32Array
  /** For samples whose weights are gone. @defaultValue none, and they are refused */
  readonly correction?: Correction
  /** Which samples of earlier steps are learned again. @defaultValue nothing is replayed */
  readonly replay?: ReplayRule
  /**
   * Copies of samples with their advantages set, to be trained under another prompt. They are
   * weighted for that prompt and stay out of groups.
   *
   * @defaultValue none
   */
  readonly copies?: (samples: readonly Sample[]) => readonly SampleCopy[]
  /** The share of each token in the loss. */
  readonly aggregation: Aggregation
  /**
   * The samples that the aggregation counts: those that are `trained`, or all that were `sampled`,
   * also those that filters and masks left out.
   *
   * @defaultValue `trained`
   */
  readonly denominator?: 'trained' | 'sampled'
  /** The loss of each token, with its gradient. */
  readonly objective: Objective
  /** Optimizer steps that a rollout batch is cut into. @defaultValue 1 */
  readonly minibatches?: number
  /** Passes over the rollout batch. @defaultValue 1 */
  readonly epochs?: number
  /**
   * True if samples need `referenceLogprobs` before advantages are computed (a KL penalty in the
   * reward). An objective may want them, too.
   */
  readonly wantsReference?: boolean
  /** Roles that the method's sessions speak as: a run that lacks one is refused at its start. */
  readonly roles?: Readonly<Record<string, RecipeRole>>
  /**
   * Conditions to evaluate held-out tasks under: each name's accuracy is `eval/<name>`. Names have
   * no `/`, and are not `failed` or `pass_at_…`.
   */
  readonly evaluations?: EvaluationProtocols<T>
  /** The condition whose accuracy sums up a run. @defaultValue the first of `evaluations` */
  readonly headline?: string
  /**
   * The method's own figures of a training step, for its line of `metrics.jsonl`. Names of the
   * trainer's own families (`policy/…`, `eval/…`) are refused.
   */
  readonly metrics?: (figures: StepFigures) => Figures
  /** The method's own figures of an evaluation, to stand beside `eval/*`. */
  readonly onEvaluate?: (evaluation: EvaluationFigures) => Promise<Figures>
  /**
   * A curriculum: in each stage's steps its recipe is used in place of this one, all but `name`,
   * `options`, `roles` and `headline`.
   *
   * @defaultValue this recipe throughout
   */
  readonly stages?: readonly RecipeStage<T>[]
}
