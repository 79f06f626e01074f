import type { Aggregation, Objective } from './objective.ts'
import type { Role, Sample } from './sample.ts'
import type { Message } from './message.ts'
import type { Attempt, AttemptProtocol, SessionProtocol, SessionResult } from './session.ts'
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
  /** The next n training tasks, in the run's order; each call moves on. */
  take(count: number): readonly T[]
  /**
   * Runs `sessions` sessions of each task, bounded and failure-proof; results by task, then
   * session.
   */
  run(protocol: SessionProtocol<T>, tasks: readonly T[], sessions: number): Promise<SessionResult[]>
}

/** Gathers one step's sessions: rollouts, or demonstrations given as samples. */
export type Collector<T extends Task = Task> = (
  context: CollectContext<T>,
) => Promise<readonly SessionResult[]>

/** Sets `reward` (and named components) of a session's samples. */
export type RewardRule = (session: SessionResult) => readonly Sample[]

/**
 * Keeps what is worth training; what it leaves out is counted as filtered. `truncated` samples it
 * excludes are named apart.
 */
export type SampleFilter = (samples: readonly Sample[]) => FilterResult

/** What a {@link SampleFilter} kept. */
export interface FilterResult {
  readonly kept: readonly Sample[]
  /** Left out because they were cut off at a length limit. */
  readonly truncated?: readonly Sample[]
}

/** Advantages `[samples]` of one step's samples, each a number for the whole response or `[T]`. */
export type AdvantageRule = (samples: readonly Sample[]) => readonly (number | Float32Array)[]

/**
 * Token weights `[T]` of one sample, from its behavior and old log-probabilities; undefined: all
 * 1.
 */
export type WeightRule = (sample: Sample) => Float32Array | undefined

/** Named protocols to run on held-out tasks: `critique_free` is the headline. */
export type EvaluationProtocols<T extends Task = Task> = Readonly<
  Record<string, SessionProtocol<T>>
>

/**
 * What a method's sessions are made of, so that an evaluation can put them together otherwise: more
 * rounds, no gate.
 */
export interface SessionParts<T extends Task = Task> {
  readonly attempt: AttemptProtocol<T>
  /** K of the method's own sessions; 1 without critiques. */
  readonly rounds: number
  /** The critic's conversation. */
  readonly criticPrompt: (task: T, attempt: Attempt) => readonly Message[]
  /** The advice in what a critic wrote; empty where there is none. */
  readonly parseCritique: (text: string) => { readonly critique: string; readonly valid: boolean }
  /** Tokens of the critic's prompt and critique together; absent: whatever the sampler takes. */
  readonly criticContextTokens?: number
}

/** A method as a value: the parts the trainer puts in order. It names no tensor, file or clock. */
export interface Recipe<T extends Task = Task> {
  readonly name: string
  /** Every option resolved, as stored in the run's configuration. */
  readonly options: Json
  readonly collect: Collector<T>
  /** Default: rewards as the protocol set them. */
  readonly reward?: RewardRule
  /** Applied in order. */
  readonly filters?: readonly SampleFilter[]
  readonly advantages: AdvantageRule
  /** The raw w_t; stored with the sample. */
  readonly weights?: WeightRule
  /** Caps w_t for the objective; identity where absent. */
  readonly capWeights?: (weights: Float32Array) => Float32Array
  readonly aggregation: Aggregation
  readonly objective: Objective
  /** Optimizer steps a rollout batch is cut into; 1 where absent. */
  readonly minibatches?: number
  /** Passes over the rollout batch; 1 where absent. */
  readonly epochs?: number
  /**
   * Samples need `referenceLogprobs` before advantages (a KL penalty in the reward); an objective
   * may also want them.
   */
  readonly wantsReference?: boolean
  /**
   * Roles whose sampler is the initial snapshot of their policy for the whole run (a frozen
   * critic).
   */
  readonly frozenRoles?: readonly Role[]
  readonly evaluations?: EvaluationProtocols<T>
  /** Absent: the method can only be evaluated as `evaluations` says. */
  readonly session?: SessionParts<T>
}
