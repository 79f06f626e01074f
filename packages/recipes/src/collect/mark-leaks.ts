import type { Collector, SessionResult, Task } from '@icrl/core'
import { detectLeak } from '@icrl/critic'

/**
 * Marks each critique that states the answer (component `leak`, 0 or 1, which is no part of the
 * reward). Critiques of tasks without an `answer` that is a string are not marked.
 *
 * @param parse returns the part of a critic's text that a solver gets to see
 * @example
 * import { parseCritique } from '@icrl/critic'
 * import { collectSessions, markLeaks, type CollectSessionsOptions } from '@icrl/recipes'
 * import type { QuestionTask } from '@icrl/core'
 * declare const options: CollectSessionsOptions<QuestionTask>
 * const collect = markLeaks(collectSessions(options), (text) => parseCritique(text).critique)
 */
export function markLeaks<T extends Task>(
  collect: Collector<T>,
  parse: (text: string) => string,
): Collector<T> {
  return async (context) => {
    const tasks = new Map<string, T>()
    const sessions = await collect({
      ...context,
      take(count, where) {
        const taken = context.take(count, where)
        for (const task of taken) tasks.set(task.id, task)
        return taken
      },
    })
    return sessions.map((session) => mark(session, tasks.get(session.task), parse))
  }
}

function mark(
  session: SessionResult,
  task: Task | undefined,
  parse: (text: string) => string,
): SessionResult {
  const answer = wordsOf(task, 'answer')
  if (answer === undefined) return session
  const samples = session.samples.map((sample) => {
    const said = session.transcript.find(
      (entry) => entry.sample === sample.id && entry.role === 'critic',
    )
    if (!said) return sample
    const leak = detectLeak({
      critique: parse(said.text),
      answer,
      given: wordsOf(task, 'question'),
    })
      ? 1
      : 0
    return { ...sample, rewards: { ...sample.rewards, leak } }
  })
  return { ...session, samples }
}

function wordsOf(task: Task | undefined, field: 'answer' | 'question'): string | undefined {
  const value: unknown = task && field in task ? task[field as keyof Task] : undefined
  return typeof value === 'string' ? value : undefined
}
