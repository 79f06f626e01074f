import { passAtK, type SessionResult } from '@icrl/core'
import { collectMetrics, meanOf, shareOf } from '../run/metrics-line.ts'
import type { Metrics } from '../train-options.ts'

/** Sessions on held-out tasks, by condition; `critique_free` is one of them. */
export type EvaluationSessions = Readonly<Record<string, readonly SessionResult[]>>

/** True if a session's last attempt succeeded. */
export function isSuccess({ outcomes }: SessionResult): boolean {
  return outcomes.at(-1)?.success === true
}

/**
 * Accuracy under each condition over the sessions that did not fail, pass@k of critique-free
 * answers if tasks are repeated, the critic's lift over a plain retry, and the share of right
 * answers that turned wrong after a critique. The conditions share the draws of first attempts, so
 * the lift compares second attempts at the same failures.
 */
export function evaluationMetrics(conditions: EvaluationSessions): Metrics {
  const whole = Object.entries(conditions).map(
    ([name, sessions]) => [name, sessions.filter(({ failure }) => !failure)] as const,
  )
  const of = (name: string): readonly SessionResult[] =>
    whole.find(([condition]) => condition === name)?.[1] ?? []
  const failed = Object.values(conditions)
    .flat()
    .filter(({ failure }) => failure).length
  const [guided, retried] = [secondSuccess(of('with_critique')), secondSuccess(of('plain_retry'))]
  return collectMetrics([
    ...whole.map(([name, sessions]) => [`eval/${name}`, shareOf(sessions, isSuccess)] as const),
    ...passEntries(of('critique_free')),
    ['eval/failed', failed || undefined],
    ['critic/lift', guided === undefined || retried === undefined ? undefined : guided - retried],
    ['critic/harm_rate', harmRate(whole.flatMap(([, sessions]) => sessions))],
  ])
}

/** Share of second attempts that succeed after a first attempt that failed. */
function secondSuccess(sessions: readonly SessionResult[]): number | undefined {
  const retried = sessions.filter(({ outcomes }) => outcomes.length > 1 && !outcomes[0].success)
  return shareOf(retried, ({ outcomes }) => outcomes[1].success)
}

function harmRate(sessions: readonly SessionResult[]): number | undefined {
  const critiqued = sessions.filter(
    ({ outcomes, transcript }) =>
      outcomes.length > 1 &&
      outcomes[0].success &&
      transcript.some(({ role }) => role === 'critic'),
  )
  return shareOf(critiqued, ({ outcomes }) => !outcomes[1].success)
}

/** pass@k for k = 2, 4, 8 … up to the repeats of the task that has fewest. */
function passEntries(sessions: readonly SessionResult[]): [string, number | undefined][] {
  const tasks = new Map<string, boolean[]>()
  for (const session of sessions)
    tasks.set(session.task, [...(tasks.get(session.task) ?? []), isSuccess(session)])
  const fewest = Math.min(...[...tasks.values()].map(({ length }) => length))
  const entries: [string, number | undefined][] = []
  for (let k = 2; tasks.size > 0 && k <= fewest; k *= 2) {
    entries.push([
      `eval/pass_at_${k}`,
      meanOf(
        [...tasks.values()].map((right) => passAtK(right.length, right.filter(Boolean).length, k)),
      ),
    ])
  }
  return entries
}
