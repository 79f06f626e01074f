import { IcrlError, type SessionResult, type Task } from '@icrl/core'

/**
 * Tasks made from sessions, for a further phase of a step: a judge's task for each attempt, a
 * branch from each step, a question a session asked. Each has an id of its own, so that grouping by
 * task groups its sessions, and draws are not repeated.
 *
 * @param tasks the tasks of the sessions
 * @param of makes the tasks of one session; none leaves it out
 * @throws `invalid-shape` for a session of a task that is not given, for two derived tasks of one id
 * or one with the id of a task.
 * @example
 * import { derive } from '@icrl/rollout'
 * import type { QuestionTask, SessionResult } from '@icrl/core'
 * declare const sessions: SessionResult[], tasks: QuestionTask[]
 * const toJudge = derive(sessions, tasks, ({ session, transcript }, { id, question }) => [
 *   { id: `${id}/judge/${session}`, question: `${question} Right? ${transcript[0].text}` },
 * ])
 */
export function derive<T extends Task, U extends Task>(
  sessions: readonly SessionResult[],
  tasks: readonly T[],
  of: (session: SessionResult, task: T) => readonly U[],
): U[] {
  const byId = new Map(tasks.map((task) => [task.id, task]))
  const derived = new Map<string, U>()
  for (const session of sessions) {
    const task = byId.get(session.task)
    if (!task)
      throw shape(`a session of the task "${session.task}", which is not given`, 'Give its task.')
    for (const made of of(session, task)) {
      if (byId.has(made.id) || derived.has(made.id))
        throw shape(
          `two tasks "${made.id}"`,
          'Put the task, the session and what tells its tasks apart into the id.',
        )
      derived.set(made.id, made)
    }
  }
  return [...derived.values()]
}

function shape(what: string, remedy: string): IcrlError {
  return new IcrlError(`derive: ${what}.`, { code: 'invalid-shape', remedy })
}
