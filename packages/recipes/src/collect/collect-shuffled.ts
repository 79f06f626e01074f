import { type Collector, type RandomStream, type SessionResult, type Task } from '@icrl/core'
import {
  type Advice,
  joinSessions,
  reviseWith,
  solveAndCritique,
  type SolveAndCritiqueOptions,
} from '@icrl/rollout'
import type { CollectSessionsOptions } from './collect-sessions.ts'

/** Options of {@link collectShuffled}. */
export type CollectShuffledOptions<T extends Task> = SolveAndCritiqueOptions<T> &
  Omit<CollectSessionsOptions<T>, 'protocol'>

/** A critique and the session it was written for. */
export interface OwnedAdvice extends Advice {
  readonly task: string
  readonly session: number
}

/**
 * The control that shows whether it matters what a critique *says*. Every session runs its first
 * attempt and its critique; then each revision is shown a critique of another task of the same
 * step. A critic sample stays in the session that asked for it, and so is rewarded by that
 * session's revision. If all critiques of a step are about one task, there is none to exchange, and
 * no revision.
 *
 * @example
 * import { criticPrompt, parseCritique } from '@icrl/critic'
 * import { collectShuffled } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const collect = collectShuffled({
 *   attempt,
 *   criticPrompt: criticPrompt(),
 *   parseCritique,
 *   tasksPerStep: 16,
 *   sessionsPerTask: 8,
 * })
 */
export function collectShuffled<T extends Task>(options: CollectShuffledOptions<T>): Collector<T> {
  const { attempt, parseCritique, tasksPerStep, sessionsPerTask } = options
  return async (context) => {
    const tasks = context.take(tasksPerStep)
    const first = await context.run(solveAndCritique(options), tasks, sessionsPerTask)
    const advice = exchangeAdvice(
      first.flatMap((session) => adviceIn(session, parseCritique)),
      context.random('exchange-advice'),
    )
    const second = await context.run(
      reviseWith({ attempt, adviceFor: ({ id }, session) => advice.get(placeOf(id, session)) }),
      tasks,
      sessionsPerTask,
    )
    return joinSessions(first, second)
  }
}

function adviceIn(
  { task, session, transcript, failure }: SessionResult,
  parse: CollectShuffledOptions<Task>['parseCritique'],
): OwnedAdvice[] {
  if (failure) return []
  return transcript
    .filter(({ role }) => role === 'critic')
    .map(({ text, sample }) => ({
      task,
      session,
      guidance: parse(text).critique,
      parents: sample === undefined ? [] : [sample],
    }))
}

/** Names a session of a step. */
export function placeOf(task: string, session: number): string {
  return JSON.stringify([task, session])
}

/**
 * Gives every session the advice of another task's session, each piece once if that is possible.
 * The advice is put in a random order, that of a task together, and shifted by as many places as
 * the task with most advice has. If one task has more than half of it, some advice is used twice.
 *
 * @returns advice by `placeOf`; empty if there is only one task
 */
export function exchangeAdvice(
  advice: readonly OwnedAdvice[],
  draws: RandomStream,
): Map<string, OwnedAdvice> {
  const shuffled = Array.from(draws.permutation(0, advice.length), (i) => advice[i])
  const tasks = [...new Set(shuffled.map(({ task }) => task))]
  const dealt = tasks.flatMap((task) => shuffled.filter((each) => each.task === task))
  const turn = Math.max(
    0,
    ...tasks.map((task) => dealt.filter((each) => each.task === task).length),
  )
  const exchanged = new Map<string, OwnedAdvice>()
  dealt.forEach(({ task, session }, i) => {
    const others = dealt.filter((each) => each.task !== task)
    if (others.length === 0) return
    const opposite = dealt[(i + turn) % dealt.length]
    exchanged.set(
      placeOf(task, session),
      opposite.task === task ? others[i % others.length] : opposite,
    )
  })
  return exchanged
}
