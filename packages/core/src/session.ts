import type { DrawKey } from './draw-key.ts'
import type { EpisodeStart } from './environment.ts'
import type { Dialogue, Message, MessagePart, Tool } from './message.ts'
import type { Outcome } from './outcome.ts'
import type { Json } from './recipe.ts'
import type { Renderer } from './renderer.ts'
import type { Finish, Role, Sample, VersionSpan } from './sample.ts'
import type { Task } from './task.ts'

/** Limits and softmax of one role's generations. */
export interface Sampling {
  /** Most tokens per turn. */
  readonly maxTokens: number
  /** Divides the logits before the softmax; 0 takes the likeliest token. */
  readonly temperature: number
  /**
   * Samples among the likeliest tokens that together have this probability.
   *
   * @defaultValue 1, all
   */
  readonly topP?: number
  /** Samples among this many likeliest tokens. @defaultValue all */
  readonly topK?: number
}

/**
 * How a role speaks: its tokenizer's renderer, its limits, and the policy that is trained on what
 * it says.
 */
export interface RoleBinding {
  /** Writes conversations as ids of the role's chat template. */
  readonly renderer: Renderer
  /** Limits and softmax of its answers. */
  readonly sampling: Sampling
  /** Name of the policy that is trained. @defaultValue none, and the role leaves no samples */
  readonly policy?: string
}

/** What a protocol asks for: one generation of one role. */
export interface TurnRequest {
  /** Who is asked. */
  readonly role: Role
  /** The conversation as messages, for an endpoint that takes text. */
  readonly messages: readonly Message[]
  /** `[P]` the same conversation as ids, for a sampler. */
  readonly prompt: Int32Array
  /** Tools that an endpoint is told of; a sampler finds them in its prompt. */
  readonly tools?: readonly Tool[]
  /** Limits and softmax of the answer. */
  readonly sampling: Sampling
  /** Which of the run's draws it takes. */
  readonly key: DrawKey
  /** What the turn is about: a scripted responder reads here what messages only describe. */
  readonly about?: TurnSubject
}

/** What a turn is about. */
export interface TurnSubject {
  /** The task of the turn. */
  readonly task: Task
  /** Of a critique: the attempt it is of. */
  readonly attempt?: Attempt
}

/** The reply to a request. `tokens` and `logprobs` are empty if an endpoint answered in text. */
export interface TurnReply {
  /** What was said, decoded. */
  readonly text: string
  /** The same part by part: reasoning and tool calls where renderer or endpoint tell them apart. */
  readonly parts: readonly MessagePart[]
  /** Sampled ids, `[T]`. */
  readonly tokens: Int32Array
  /** Log-probability of each when it was sampled, `[T]`. */
  readonly logprobs: Float32Array
  /** Why it ended: a stop token, its limit, or stopped from outside. */
  readonly finish: 'stop' | 'length' | 'aborted'
  /** The weights that sampled it. */
  readonly version: string
}

/** One solver attempt at a task. T is the length of `response`. */
export interface Attempt {
  /** `[P]` ids before the first response token. */
  readonly prompt: Int32Array
  /** `[T]` response and observation ids. */
  readonly response: Int32Array
  /** `[T]` 1: sampled, 0: observed. */
  readonly mask: Uint8Array
  /** `[T]` nats, 0 where observed. */
  readonly logprobs: Float32Array
  /** The weights that sampled it. */
  readonly version: string
  /** As `Sample.versions`. */
  readonly versions?: readonly VersionSpan[]
  /** Why it ended. */
  readonly finish: Finish
  /** Whether it was an answer at all. */
  readonly valid: boolean
  /** Any finite number. */
  readonly reward: number
  /** Whether it solved the task. */
  readonly success: boolean
  /** Parts of the reward by name, which are logged. */
  readonly components?: Readonly<Record<string, number>>
  /** `[T]` as `Sample.tokenRewards`. */
  readonly tokenRewards?: Float32Array
  /** Actions and what they led to; one turn without observation for a single answer. */
  readonly turns: readonly AttemptTurn[]
  /** What an environment showed first, with the task in words; absent for a single answer. */
  readonly start?: EpisodeStart
  /** As `Sample.dialogue`. */
  readonly dialogue?: Dialogue
}

/** One turn of an attempt, as a critic reads it. */
export interface AttemptTurn {
  /** What the solver wrote. */
  readonly text: string
  /** The action in it, if the environment found one. */
  readonly action?: string
  /** What the environment said before this turn. */
  readonly observation?: string
  /** What the turn itself earned; absent where no step was taken. */
  readonly reward?: number
}

/** Everything a protocol may use, apart from models: it reaches those by yielding requests. */
export interface SessionContext {
  /** How each role speaks. */
  readonly roles: Readonly<Record<string, RoleBinding>>
  /** 0-based session of the task. */
  readonly session: number
  /** The key of a draw in this session. */
  key(role: Role, round: number, turn: number, branch?: number): DrawKey
  /** Id of a sample of this session. */
  sampleId(role: Role, round: number, branch?: number): string
  /** Ends the session early. */
  readonly signal: AbortSignal
  /**
   * Keeps a finished part: if the session fails later, it has what it finished up to its last
   * attempt. The pieces of `@icrl/rollout` (`attemptRound`, `roleTurn`) do it by themselves.
   */
  keep(part: SessionPart): void
}

/** What an attempt, a critique or another role's turn adds to a session. */
export interface SessionPart {
  /** Empty if the role is not trained. */
  readonly samples: readonly Sample[]
  /** What was said, oldest first. */
  readonly transcript: readonly TranscriptEntry[]
  /** Present if the part ends an attempt. */
  readonly outcome?: Outcome
}

/** A coroutine: yields requests, is resumed with replies, returns its result. */
export type Coroutine<Result> = AsyncGenerator<TurnRequest, Result, TurnReply>

/** What an {@link AttemptProtocol} is given. */
export interface AttemptOptions<T extends Task> {
  /** What is attempted. */
  readonly task: T
  /** The session that it belongs to. */
  readonly context: SessionContext
  /** 1-based. */
  readonly round: number
  /** Which of several attempts of a round. @defaultValue 0 */
  readonly branch?: number
  /** Guidance to show. @defaultValue none, an unguided attempt */
  readonly guidance?: string
  /** Who attempts. @defaultValue `solver`, unless the protocol has another */
  readonly role?: Role
}

/**
 * An attempt, and the prompt it is trained under. Apart from guidance, a prompt must be a function of
 * the task alone, so that a revision can be rebound to the prompt without guidance.
 */
export interface AttemptResult {
  /** What was done, for a critic to read. */
  readonly attempt: Attempt
  /**
   * `[P]` the prompt the same attempt would have had without guidance; `attempt.prompt` itself
   * if there was none.
   */
  readonly unguidedPrompt: Int32Array
  /** Who made the attempt. @defaultValue the solver */
  readonly role?: Role
  /**
   * Further parts of the same attempt: segments of a long conversation, workers beside a planner.
   * Their samples get the attempt's reward and success.
   */
  readonly parts?: readonly SessionPart[]
}

/** How a solver attempts a task: one answer, or many turns of an environment. */
export type AttemptProtocol<T extends Task = Task> = (
  options: AttemptOptions<T>,
) => Coroutine<AttemptResult>

/** One entry of the transcript that people read: who said what. */
export interface TranscriptEntry {
  /** Who said it. */
  readonly role: Role | 'environment'
  /** The round of the session, from 1. */
  readonly round: number
  /** What was said. */
  readonly text: string
  /** The sample it is part of. */
  readonly sample?: string
}

/**
 * What a session results in: samples to train, outcomes to count, a transcript to read. One that
 * failed late has those of the attempts it finished, beside its `failure`; a critique that no
 * attempt followed is not among them.
 */
export interface SessionResult {
  /** Id of its task. */
  readonly task: string
  /** Which of the task's sessions it was, from 0. */
  readonly session: number
  /** The step whose draws it was run with, as `runSessions` sets it. */
  readonly step?: number
  /** In the order they were made. */
  readonly samples: readonly Sample[]
  /** Of every attempt, first to last. The first attempt is unguided. */
  readonly outcomes: readonly Outcome[]
  /** What was said, oldest first. */
  readonly transcript: readonly TranscriptEntry[]
  /** What the session concluded, for later phases of the step and for figures. */
  readonly findings?: Readonly<Record<string, Json>>
  /** Present if the session failed: what is missing is lost, and the ledger counts its tokens. */
  readonly failure?: SessionFailure
}

/** Why a session failed, and what it cost. */
export interface SessionFailure {
  /** What went wrong, in words. */
  readonly reason: string
  /** What was thrown, with its stack; sessions that were stored and read back have the reason alone. */
  readonly error?: unknown
  /** Tokens sampled for roles with a policy to train that are in none of the session's samples. */
  readonly tokens: number
}

/** A whole session of one task. */
export type SessionProtocol<T extends Task = Task> = (
  task: T,
  context: SessionContext,
) => Coroutine<SessionResult>
