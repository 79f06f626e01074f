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
  /**
   * The next `count` training tasks, in the run's order. Each call moves on, and passes over tasks
   * that earlier calls of the same step took: the list is empty once they took all. A call for more
   * tasks than are left has some of them twice.
   */
  take(count: number): readonly T[]
  /**
   * Runs `sessions` sessions of each task, a limited number at once. One that fails comes back with
   * its `failure`. Results are ordered by task, then session.
   */
  run(protocol: SessionProtocol<T>, tasks: readonly T[], sessions: number): Promise<SessionResult[]>
}

/** Gathers one step's sessions: rollouts, or demonstrations given as samples. */
export type Collector<T extends Task = Task> = (
  context: CollectContext<T>,
) => Promise<readonly SessionResult[]>

/** Returns a session's samples with their `reward` (and named components) set. */
export type RewardRule = (session: SessionResult) => readonly Sample[]

/**
 * Keeps what is worth training. What it leaves out is counted as filtered, or as truncated if the
 * filter lists it there.
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
 * Token weights `[T]` of one sample, from its behavior and old log-probabilities; undefined if all
 * are 1.
 */
export type WeightRule = (sample: Sample) => Float32Array | undefined

/** Named protocols to run on held-out tasks; `critique_free` gives the headline accuracy. */
export type EvaluationProtocols<T extends Task = Task> = Readonly<
  Record<string, SessionProtocol<T>>
>

/**
 * What a method's sessions are made of. An evaluation can put them together differently: with more
 * rounds, or without a gate.
 */
export interface SessionParts<T extends Task = Task> {
  readonly attempt: AttemptProtocol<T>
  /** K of the method's own sessions; 1 without critiques. */
  readonly rounds: number
  /** The critic's conversation. */
  readonly criticPrompt: (task: T, attempt: Attempt) => readonly Message[]
  /** Finds the advice in what a critic wrote; empty if there is none. */
  readonly parseCritique: (text: string) => { readonly critique: string; readonly valid: boolean }
  /** Most tokens of the critic's prompt and critique together; default: the sampler's own limit. */
  readonly criticContextTokens?: number
}

/**
 * A method as a value: the parts that the trainer calls one after the other. It knows no tensor,
 * file or clock.
 */
export interface Recipe<T extends Task = Task> {
  readonly name: string
  /** Every option resolved, as stored in the run's configuration. */
  readonly options: Json
  readonly collect: Collector<T>
  /** Default: rewards stay as the protocol set them. */
  readonly reward?: RewardRule
  /** Applied in order; default: everything is kept. */
  readonly filters?: readonly SampleFilter[]
  readonly advantages: AdvantageRule
  /** The raw w_t, which are stored with the sample; default: all 1. */
  readonly weights?: WeightRule
  /** Caps w_t for the objective; default: leaves them as they are. */
  readonly capWeights?: (weights: Float32Array) => Float32Array
  readonly aggregation: Aggregation
  readonly objective: Objective
  /** Optimizer steps that a rollout batch is cut into; default: 1. */
  readonly minibatches?: number
  /** Passes over the rollout batch; default: 1. */
  readonly epochs?: number
  /**
   * True if samples need `referenceLogprobs` before advantages are computed (a KL penalty in the
   * reward). An objective may want them, too.
   */
  readonly wantsReference?: boolean
  /**
   * Roles that sample from the initial snapshot of their policy for the whole run (a frozen
   * critic).
   */
  readonly frozenRoles?: readonly Role[]
  readonly evaluations?: EvaluationProtocols<T>
  /** Optional: without it the method can only be evaluated as `evaluations` says. */
  readonly session?: SessionParts<T>
}
