import {
  type Coroutine,
  IcrlError,
  type AttemptProtocol,
  type Json,
  type Message,
  type Role,
  type SessionContext,
  type SessionPart,
  type SessionProtocol,
  type Task,
} from '@icrl/core'
import { sessionResult } from '../protocols/session-result.ts'
import { attemptRound, type AttemptRound } from '../protocols/solve-critique-revise.ts'
import { judgedAttempts } from './judged-attempts.ts'

/** What is to be chosen from. */
export interface ChooseState<T extends Task = Task> {
  /** What was attempted. */
  readonly task: T
  /** The session that it belongs to. */
  readonly context: SessionContext
  /** `[n]` in the order they were sampled. */
  readonly attempts: readonly AttemptRound[]
}

/** What was chosen. */
export interface Choice {
  /** Index of the attempt. */
  readonly chosen: number
  /** Turns that the choice took. */
  readonly parts?: readonly SessionPart[]
  /** What the choice went by. */
  readonly findings?: Readonly<Record<string, Json>>
}

/** Chooses one of several attempts: at once, or by asking. */
export type Choose<T extends Task = Task> = (state: ChooseState<T>) => Choice | Coroutine<Choice>

/** Options of {@link sampleAndChoose}. */
export interface SampleAndChooseOptions<T extends Task = Task> {
  /** How a task is attempted. */
  readonly attempt: AttemptProtocol<T>
  /** Attempts, 1 or more; 1 is plain sampling. */
  readonly n: number
  /** Chooses among the attempts. */
  readonly choose: Choose<T>
}

/**
 * Samples n attempts, each unguided and in a branch of its own, and chooses one: self-consistency
 * with {@link byVotes}, best-of-n with {@link bestOf}, self-check with `selfCheck`.
 *
 * Outcomes are two: the first sample's, as if there were no choice, and the chosen one's. So accuracy
 * by round compares plain sampling with the choice on the same draws. Every sample is kept, for
 * training and for the ledger.
 *
 * @throws `invalid-option` if `n` is not an integer of 1 or more
 * @example
 * import { byVotes, sampleAndChoose } from '@icrl/rollout'
 * import type { AttemptProtocol } from '@icrl/core'
 * declare const attempt: AttemptProtocol
 * const selfConsistency = sampleAndChoose({ attempt, n: 8, choose: byVotes({ answerOf: (text) => text.trim() }) })
 */
export function sampleAndChoose<T extends Task = Task>({
  attempt,
  n,
  choose,
}: SampleAndChooseOptions<T>): SessionProtocol<T> {
  if (!Number.isInteger(n) || n < 1)
    throw new IcrlError(`sampleAndChoose: n is ${n}.`, {
      code: 'invalid-option',
      remedy: 'Use an integer of 1 or more; 1 is plain sampling.',
    })
  return async function* (task, context) {
    const attempts: AttemptRound[] = []
    for (let branch = 0; branch < n; branch++)
      attempts.push(yield* attemptRound({ attempt, task, context, round: 1, branch }))
    if (n === 1) return sessionResult(task, context, attempts)
    const choice = choose({ task, context, attempts })
    const { chosen, parts = [], findings } = 'chosen' in choice ? choice : yield* choice
    const result = sessionResult(task, context, [...attempts, ...parts], { chosen, ...findings })
    return { ...result, outcomes: [attempts[0].outcome, attempts[chosen].outcome] }
  }
}

/** Options of {@link byVotes}. */
export interface ByVotesOptions<T extends Task = Task> {
  /** The answer in what an attempt said, to be voted on; undefined if there is none. */
  readonly answerOf: (text: string, task: T) => string | undefined
  /** What an attempt's vote counts, above 0. @defaultValue 1 */
  readonly weight?: (attempt: AttemptRound) => number
}

/**
 * The first attempt with the answer of most votes (self-consistency, arXiv 2203.11171 `[mem]`), or of
 * the greatest sum of weights; of equal answers the one that came first. Attempts without an answer
 * do not vote; if none has one, the first attempt is chosen. `findings.agreement` is the share of all
 * n votes that the answer got.
 *
 * @example
 * import { byVotes } from '@icrl/rollout'
 * const choose = byVotes({ answerOf: (text) => /-?\d+/.exec(text)?.[0] })
 */
export function byVotes<T extends Task = Task>({
  answerOf,
  weight = () => 1,
}: ByVotesOptions<T>): Choose<T> {
  return ({ task, attempts }) => {
    const answers = attempts.map((each) => answerOf(saidIn(each), task))
    const { chosen, share } = countVotes(answers, attempts.map(weight))
    return { chosen, findings: { answers: answers.map((each) => each ?? null), agreement: share } }
  }
}

/** The winner of a vote: the index of the first that is for it, and its share of the whole. */
export function countVotes(
  answers: readonly (string | undefined)[],
  weights: readonly number[] = answers.map(() => 1),
): { readonly chosen: number; readonly answer?: string; readonly share: number } {
  const sums = new Map<string, number>()
  answers.forEach((answer, i) => {
    if (answer !== undefined) sums.set(answer, (sums.get(answer) ?? 0) + weights[i])
  })
  if (sums.size === 0) return { chosen: 0, share: 0 }
  const most = Math.max(...sums.values())
  const answer = [...sums].find(([, sum]) => sum === most)![0]
  const all = weights.reduce((sum, each) => sum + each, 0)
  return { chosen: answers.indexOf(answer), answer, share: all > 0 ? most / all : 0 }
}

/**
 * All that an attempt said, turn by turn.
 *
 * @example
 * import { type AttemptRound, saidIn } from '@icrl/rollout'
 * declare const attempted: AttemptRound
 * console.log(saidIn(attempted))
 */
export function saidIn({ attempt }: AttemptRound): string {
  return attempt.turns.map(({ text }) => text).join('\n')
}

/** Options of {@link bestOf}. */
export interface BestOfOptions<T extends Task = Task> {
  /** Asks for a judgment of one attempt. */
  readonly prompt: (task: T, attempt: AttemptRound) => readonly Message[]
  /** The score in a judgment; undefined if it has none, which counts as below every score. */
  readonly read: (text: string) => number | undefined
  /** Who judges. @defaultValue `judge` */
  readonly role?: Role
}

/**
 * The attempt that a judge scores highest (best-of-n); of equal scores the first. If no judgment has
 * a score, the first attempt is chosen. `findings.scores` has null for a judgment without one.
 *
 * @example
 * import { bestOf, saidIn } from '@icrl/rollout'
 * const choose = bestOf({
 *   prompt: (_, attempt) => [{ role: 'user', content: `Score from 1 to 10: ${saidIn(attempt)}` }],
 *   read: (text) => (/\d+/.test(text) ? Number(/\d+/.exec(text)![0]) : undefined),
 * })
 */
export function bestOf<T extends Task = Task>({
  prompt,
  read,
  role = 'judge',
}: BestOfOptions<T>): Choose<T> {
  return async function* (state) {
    const { parts, readings: scores } = yield* judgedAttempts(state, { prompt, read, role })
    const best = Math.max(...scores.map((score) => score ?? -Infinity))
    const chosen = Math.max(0, scores.indexOf(best))
    return { chosen, parts, findings: { scores: scores.map((score) => score ?? null) } }
  }
}
