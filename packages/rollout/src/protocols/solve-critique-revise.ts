import {
  type Attempt,
  type AttemptProtocol,
  type Coroutine,
  IcrlError,
  type Message,
  type Outcome,
  outcomeOf,
  type Role,
  type Sample,
  type SessionContext,
  type SessionPart,
  type SessionProtocol,
  type Task,
  type TranscriptEntry,
} from '@icrl/core'
import { attemptSample } from './attempt-sample.ts'
import { type Gate, stopAtSuccess } from './gate.ts'
import { roleTurn, type RoleTurn } from './role-turn.ts'
import { sessionResult } from './session-result.ts'

/** Options of {@link solveCritiqueRevise}. */
export interface SolveCritiqueReviseOptions<T extends Task = Task> extends CriticOptions<T> {
  /** How a task is attempted. */
  readonly attempt: AttemptProtocol<T>
  /** K: most attempts of a session. 1 is a single attempt. @defaultValue 2 */
  readonly rounds?: number
  /** Ends the session. @defaultValue `stopAtSuccess` */
  readonly gate?: Gate
  /** Who attempts and who critiques. @defaultValue the solver and the critic */
  readonly roles?: { readonly solver?: Role; readonly critic?: Role }
  /**
   * What a revision is shown of a critique and the attempt it is about; nothing if the critique is
   * empty.
   *
   * @defaultValue the critique alone
   */
  readonly guidance?: (critique: string, attempt: Attempt) => string
}

/**
 * ICRL's session (arXiv 2605.15224, Algorithm 1): an unguided attempt; then, until the gate
 * stops it or K attempts are made, a critique of the last attempt and a fresh attempt guided by
 * that critique alone. The revision sees neither the failed attempt nor earlier critiques. Solver
 * samples of later rounds are rebound to the unguided prompt; critic samples keep their own.
 *
 * @throws `invalid-option` if `rounds` is not an integer of 1 or more.
 * @example
 * import { solveCritiqueRevise } from '@icrl/rollout'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const protocol = solveCritiqueRevise({
 *   attempt,
 *   criticPrompt: (task, failed) => [
 *     {
 *       role: 'user',
 *       content: `${task.question}\nAnswered: ${failed.turns[0].text}\nWhat went wrong?`,
 *     },
 *   ],
 *   parseCritique: (text) => ({ critique: text.trim(), valid: text.trim() !== '' }),
 * })
 */
export function solveCritiqueRevise<T extends Task = Task>(
  options: SolveCritiqueReviseOptions<T>,
): SessionProtocol<T> {
  const { attempt, rounds = 2, gate = stopAtSuccess, roles = {} } = options
  const { guidance = (critique: string) => critique } = options
  checkRounds('solveCritiqueRevise', rounds)
  return async function* (task, context) {
    const role = roles.solver
    let solved = yield* attemptRound({ attempt, task, context, round: 1, role })
    const parts: SessionPart[] = [solved]
    for (let round = 1; round < rounds && !gate(solved.attempt, round); round++) {
      const critiqued = yield* critiqueRound({
        ...options,
        task,
        context,
        round,
        attempt: solved.attempt,
        parents: parentsFrom(solved),
        role: roles.critic,
      })
      const { critique } = critiqued
      solved = yield* attemptRound({
        attempt,
        task,
        context,
        round: round + 1,
        guidance: critique.trim() === '' ? critique : guidance(critique, solved.attempt),
        role,
        parents: parentsFrom(critiqued, solved),
      })
      parts.push(critiqued, solved)
    }
    return sessionResult(task, context, parts)
  }
}

/** What an attempt adds to a session, and the attempt itself. */
export interface AttemptRound extends SessionPart {
  /** What was done. */
  readonly attempt: Attempt
  /** What it was worth. */
  readonly outcome: Outcome
}

/** Options of {@link attemptRound}. */
export interface AttemptRoundOptions<T extends Task = Task> {
  /** How a task is attempted. */
  readonly attempt: AttemptProtocol<T>
  /** What is attempted. */
  readonly task: T
  /** The session that it belongs to. */
  readonly context: SessionContext
  /** 1-based. */
  readonly round: number
  /** Which of several attempts of the round. @defaultValue 0 */
  readonly branch?: number
  /** Guidance to show. @defaultValue none, an unguided attempt */
  readonly guidance?: string
  /** Ids of the samples it answers. @defaultValue none */
  readonly parents?: readonly string[]
  /** Who attempts. @defaultValue the attempt protocol's own choice, mostly the solver */
  readonly role?: Role
}

/**
 * One attempt of a session: runs the attempt protocol and makes its sample and transcript. Build
 * session protocols of your own from it and `critiqueRound`.
 *
 * @example
 * import { attemptRound, sessionResult } from '@icrl/rollout'
 * import type { AttemptProtocol, SessionProtocol } from '@icrl/core'
 * declare const attempt: AttemptProtocol
 * const twice: SessionProtocol = async function* (task, context) {
 *   const first = yield* attemptRound({ attempt, task, context, round: 1 })
 *   const second = yield* attemptRound({
 *     attempt,
 *     task,
 *     context,
 *     round: 2,
 *     guidance: 'Check the sign.',
 *   })
 *   return sessionResult(task, context, [first, second])
 * }
 */
export async function* attemptRound<T extends Task>({
  attempt,
  task,
  context,
  round,
  branch,
  guidance,
  parents,
  role: asked,
}: AttemptRoundOptions<T>): Coroutine<AttemptRound> {
  const result = yield* attempt({ task, context, round, branch, guidance, role: asked })
  const outcome = outcomeOf(result.attempt, `attempt at task "${task.id}", round ${round}`)
  const made: Attempt = { ...result.attempt, ...outcome }
  const judged = { ...result, attempt: made }
  const sample = attemptSample({ task, context, result: judged, round, branch, parents })
  const { role = 'solver', parts = [] } = result
  const transcript = made.turns.flatMap(({ text, observation }): TranscriptEntry[] => [
    { role, round, text, sample: sample?.id },
    ...(observation === undefined
      ? []
      : [{ role: 'environment', round, text: observation, sample: sample?.id }]),
  ])
  const part = {
    samples: [...(sample ? [sample] : []), ...samplesOf(parts, made)],
    transcript: [...transcript, ...parts.flatMap((each) => each.transcript)],
    outcome,
  }
  context.keep(part)
  return { ...part, attempt: made }
}

/** Samples of an attempt's further parts, with its reward. */
function samplesOf(
  parts: readonly SessionPart[],
  { reward, success, components }: Attempt,
): Sample[] {
  return parts.flatMap(({ samples }) =>
    samples.map((sample) => ({
      ...sample,
      rewards: { ...sample.rewards, outcome: reward, ...components },
      reward,
      success,
    })),
  )
}

/**
 * Ids of the samples of the first part that has any. If the critic is not trained, a revision's
 * parent is thus the attempt.
 */
export function parentsFrom(...parts: readonly SessionPart[]): readonly string[] {
  const part = parts.find(({ samples }) => samples.length > 0)
  return part ? part.samples.map(({ id }) => id) : []
}

/** How a critic is asked and read. */
export interface CriticOptions<T extends Task = Task> {
  /**
   * The critic's conversation: the task, the attempt, and how it ended.
   *
   * @defaultValue in recipes, `criticPrompt()` of `@icrl/critic`
   */
  readonly criticPrompt: (task: T, attempt: Attempt) => readonly Message[]
  /**
   * Finds the advice in what the critic wrote, and tells whether it kept to the form.
   *
   * @defaultValue in recipes, `parseCritique` of `@icrl/critic`
   */
  readonly parseCritique: (text: string) => ParsedCritique
  /** Tokens of the critic's prompt and critique together. @defaultValue the sampler's own limit */
  readonly criticContextTokens?: number
}

/** What a critic's answer was parsed into. */
export interface ParsedCritique {
  /** Empty: nothing to show; the next attempt is then unguided. */
  readonly critique: string
  /** Whether there was a critique at all. */
  readonly valid: boolean
}

/** Options of {@link critiqueRound}. */
export interface CritiqueRoundOptions<T extends Task = Task> extends CriticOptions<T> {
  /** What was attempted. */
  readonly task: T
  /** The session that it belongs to. */
  readonly context: SessionContext
  /** Round of the attempt that is critiqued, 1-based. */
  readonly round: number
  /** What is criticized. */
  readonly attempt: Attempt
  /** Id of the attempt's sample, if it has one. @defaultValue none */
  readonly parents?: readonly string[]
  /** Who critiques. @defaultValue `critic` */
  readonly role?: Role
}

/** What a critique adds to a session, and the critique itself. */
export interface CritiqueRound extends RoleTurn, ParsedCritique {}

/**
 * One critique of one attempt, sampled and trained under the critic's own prompt. Its reward is 0
 * until a reward rule sets it. A prompt that has outgrown the context fails the session.
 *
 * @example
 * import { critiqueRound, type CritiqueRoundOptions } from '@icrl/rollout'
 * import type { Coroutine } from '@icrl/core'
 * async function* advise(options: CritiqueRoundOptions): Coroutine<string> {
 *   const { critique } = yield* critiqueRound(options)
 *   return critique
 * }
 */
export async function* critiqueRound<T extends Task>(
  options: CritiqueRoundOptions<T>,
): Coroutine<CritiqueRound> {
  const { task, context, round, attempt, parents, role = 'critic' } = options
  const { criticPrompt, parseCritique, criticContextTokens } = options
  const said = yield* roleTurn({
    role,
    task,
    context,
    round,
    parents,
    messages: criticPrompt(task, attempt),
    attempt,
    contextTokens: criticContextTokens,
    isValid: (text) => parseCritique(text).valid,
  })
  return { ...said, ...parseCritique(said.text) }
}

/** @throws `invalid-option` if `rounds` is not an integer of 1 or more. */
export function checkRounds(protocol: string, rounds: number): void {
  if (Number.isInteger(rounds) && rounds >= 1) return
  throw new IcrlError(`${protocol}: rounds is ${rounds}.`, {
    code: 'invalid-option',
    remedy: 'Use an integer of 1 or more; 1 is a single attempt.',
  })
}
