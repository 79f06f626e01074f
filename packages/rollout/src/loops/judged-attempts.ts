import type { Coroutine, Message, Role, SessionPart, Task } from '@icrl/core'
import { roleTurn } from '../protocols/role-turn.ts'
import { type AttemptRound, parentsFrom } from '../protocols/solve-critique-revise.ts'
import type { ChooseState } from './sample-and-choose.ts'

/** How each of several attempts is judged. */
export interface JudgedAttemptsOptions<T extends Task, Reading> {
  /** Asks for a judgment of one attempt. */
  readonly prompt: (task: T, attempt: AttemptRound) => readonly Message[]
  /** What a judgment says; undefined if it cannot be read. */
  readonly read: (text: string) => Reading | undefined
  readonly role: Role
}

/** A judgment of each attempt, in a branch of its own, and what each says. */
export async function* judgedAttempts<T extends Task, Reading>(
  { task, context, attempts }: ChooseState<T>,
  { prompt, read, role }: JudgedAttemptsOptions<T, Reading>,
): Coroutine<{ parts: SessionPart[]; readings: (Reading | undefined)[] }> {
  const parts: SessionPart[] = []
  const readings: (Reading | undefined)[] = []
  for (const [branch, attempted] of attempts.entries()) {
    const said = yield* roleTurn({
      role,
      task,
      context,
      branch,
      messages: prompt(task, attempted),
      attempt: attempted.attempt,
      parents: parentsFrom(attempted),
      isValid: (text) => read(text) !== undefined,
    })
    parts.push(said)
    readings.push(read(said.text))
  }
  return { parts, readings }
}
