import { detectLeak } from '@icrl/critic'
import { isSuccess, passAtK, type SessionResult } from '@icrl/core'
import type { EvaluatedSession } from './evaluation-session.ts'
import { differenceInterval, scoreInterval, type Figure } from './score-interval.ts'

/** Options of {@link evaluationFigures}. */
export interface EvaluationFiguresOptions {
  /** Results of `evaluationSession`. */
  readonly sessions: readonly SessionResult[]
  readonly rounds: number
  readonly hasCritic: boolean
  /** The part of a critic's text that a solver is shown. */
  readonly parse: (text: string) => string
  /** A task's reference answers and its question, if there are any: used to find leaks. */
  readonly answersOf?: (task: string) => TaskAnswers | undefined
}

/** The reference answers, and the text that the solver sees in any case. */
export interface TaskAnswers {
  readonly answers: readonly string[]
  readonly question: string
}

/** Figures by name, in the order they are shown; figures without any observation are left out. */
export type Figures = Readonly<Record<string, Figure>>

/**
 * Figures of an evaluation. A session that failed late counts by the attempts it finished, and is
 * left out only where the attempt a figure is about is missing:
 *
 * - `eval/critique_free`, `eval/pass_at_k` (unbiased), `eval/mean_reward` (if some reward is
 *   neither 0 nor 1): of first attempts;
 * - `eval/with_critique`: success by round K, each failure critiqued; with more than two rounds
 *   also by each earlier round;
 * - `eval/plain_retry`: as many attempts without critiques; `critic/lift`: second attempts at what
 *   the first one failed, with a critique less without;
 * - `eval/ungated_critique`: the K-th attempt, every one before it critiqued, right ones too;
 *   `critic/harm_rate`: right first attempts whose second was wrong;
 * - `critic/leak_rate`: critiques that state an answer the question does not.
 */
export function evaluationFigures(options: EvaluationFiguresOptions): Figures {
  const { sessions, rounds, hasCritic, parse, answersOf } = options
  const chainLength = hasCritic ? rounds : 1
  const tasks = byTask(
    sessions
      .filter(({ outcomes }) => outcomes.length > 0)
      .map((session) => read(session, chainLength)),
  )
  const share = (
    holds: (session: EvaluatedSession) => boolean,
    among: (session: EvaluatedSession) => boolean = () => true,
  ): Figure | undefined =>
    scoreInterval(
      tasks.map((group) => group.filter(among).map((session) => Number(holds(session)))),
    )
  const failedFirst = ({ chain, retries }: EvaluatedSession): boolean =>
    !chain[0].success && chain.length > 1 && retries.length > 0
  const guided = share(({ chain }) => chain[1].success, failedFirst)
  const plain = share(({ retries }) => retries[0].success, failedFirst)
  return present([
    ['eval/critique_free', share(({ chain }) => chain[0].success)],
    [
      'eval/mean_reward',
      tasks.flat().every(({ chain: [{ reward }] }) => reward === 0 || reward === 1)
        ? undefined
        : scoreInterval(tasks.map((group) => group.map(({ chain }) => chain[0].reward))),
    ],
    ...passFigures(tasks),
    ...(rounds === 1
      ? []
      : [
          [
            'eval/plain_retry',
            share(
              ({ chain, retries }) => [chain[0], ...retries].some(isSuccess),
              ({ chain, retries }) =>
                chain[0].success || retries.length > 0 || chain.length === chainLength,
            ),
          ] as const,
        ]),
    ...(chainLength === 1 ? [] : critiqueFigures(rounds, share)),
    ...(chainLength === 1
      ? []
      : [['critic/lift', guided && plain && differenceInterval(guided, plain)] as const]),
    ...(chainLength === 1
      ? []
      : [
          [
            'critic/harm_rate',
            share(
              ({ chain }) => !chain[1].success,
              ({ chain }) => chain.length > 1 && chain[0].success,
            ),
          ] as const,
        ]),
    ['critic/leak_rate', leakRate(tasks, parse, answersOf)],
  ])
}

type Entry = readonly [string, Figure | undefined]

function critiqueFigures(
  rounds: number,
  share: (holds: (session: EvaluatedSession) => boolean) => Figure | undefined,
): Entry[] {
  const by = (round: number): Figure | undefined =>
    share(({ chain }) => chain.slice(0, round).some(isSuccess))
  const earlier = Array.from({ length: rounds - 2 }, (_, i): Entry => [
    `eval/with_critique_round_${i + 2}`,
    by(i + 2),
  ])
  return [
    ...earlier,
    ['eval/with_critique', by(rounds)],
    ['eval/ungated_critique', share(({ chain }) => chain.at(-1)!.success)],
  ]
}

/** k = 2, 4, 8 … up to the smallest number of sessions any task has. */
function passFigures(tasks: readonly (readonly EvaluatedSession[])[]): Entry[] {
  const fewest = tasks.reduce((least, { length }) => Math.min(least, length), Infinity)
  const entries: Entry[] = []
  for (let k = 2; tasks.length > 0 && k <= fewest; k *= 2) {
    entries.push([
      `eval/pass_at_${k}`,
      scoreInterval(
        tasks.map((group) => [
          passAtK(group.length, group.filter(({ chain }) => chain[0].success).length, k),
        ]),
      ),
    ])
  }
  return entries
}

function leakRate(
  tasks: readonly (readonly EvaluatedSession[])[],
  parse: (text: string) => string,
  answersOf: EvaluationFiguresOptions['answersOf'],
): Figure | undefined {
  return scoreInterval(
    tasks.map((group) => {
      const known = answersOf?.(group[0].task)
      if (!known) return []
      const { answers, question: given } = known
      return group.flatMap(({ critiques }) =>
        critiques.map((text) =>
          Number(answers.some((answer) => detectLeak({ critique: parse(text), answer, given }))),
        ),
      )
    }),
  )
}

function read(
  { task, outcomes, transcript }: SessionResult,
  chainLength: number,
): EvaluatedSession {
  return {
    task,
    chain: outcomes.slice(0, chainLength),
    retries: outcomes.slice(chainLength),
    critiques: transcript.flatMap(({ role, text }) => (role === 'critic' ? [text] : [])),
  }
}

function byTask(sessions: readonly EvaluatedSession[]): EvaluatedSession[][] {
  const tasks = new Map<string, EvaluatedSession[]>()
  for (const session of sessions)
    tasks.set(session.task, [...(tasks.get(session.task) ?? []), session])
  return [...tasks.values()]
}

function present(entries: readonly Entry[]): Figures {
  return Object.fromEntries(
    entries.filter((entry): entry is readonly [string, Figure] => entry[1] !== undefined),
  )
}
