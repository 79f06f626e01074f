import {
  type AttemptProtocol,
  type Coroutine,
  IcrlError,
  type Message,
  type Role,
  type SessionContext,
  type SessionPart,
  type SessionProtocol,
  type Task,
} from '@icrl/core'
import { roleTurn } from '../protocols/role-turn.ts'
import { sessionResult } from '../protocols/session-result.ts'
import { attemptRound, type AttemptRound, parentsFrom } from '../protocols/solve-critique-revise.ts'

/** What an evaluation found of an answer: a signal, as a number or in words. */
export interface Evaluation extends SessionPart {
  /** What the loop goes by: a score, or words. */
  readonly signal: number | string
  /** True: the answer is good enough, and the loop ends. @defaultValue false */
  readonly stop?: boolean
}

/** An answer and what was found of it. */
export interface LoopStep {
  /** The attempt. */
  readonly answer: AttemptRound
  /** What it was worth. */
  readonly evaluation: Evaluation
}

/** Where a loop stands. */
export interface LoopState<T extends Task = Task> {
  /** What is attempted. */
  readonly task: T
  /** The session that it belongs to. */
  readonly context: SessionContext
  /** 1-based round of `answer`. */
  readonly round: number
  /** The latest answer. */
  readonly answer: AttemptRound
  /** Earlier answers, first to last, each with what was found of it. */
  readonly history: readonly LoopStep[]
}

/** Looks at the latest answer. */
export type Evaluate<T extends Task = Task> = (state: LoopState<T>) => Coroutine<Evaluation>

/** Makes the next answer; the last step of `state.history` is what was found of the latest one. */
export type Update<T extends Task = Task> = (state: LoopState<T>) => Coroutine<AttemptRound>

/** Options of {@link loop}. */
export interface LoopOptions<T extends Task = Task> {
  /** Makes the first answer, unguided. */
  readonly first: AttemptProtocol<T>
  /** What an answer is worth, for the loop to go by. */
  readonly evaluate: Evaluate<T>
  /** What the next attempt is told. */
  readonly update: Update<T>
  /** Most updates; 0 is the first answer alone. */
  readonly rounds: number
}

/**
 * An inference loop, as the frame of self-feedback has it (arXiv 2407.14507) `[abs]`: evaluate the
 * answer, which gives a signal, and update it by that signal, until an evaluation says stop or
 * `rounds` updates are made. Self-Refine, Reflexion, untargeted refinement, iterative critique and
 * DeepVerifier are this with other parts. The last answer is not evaluated: nothing would follow.
 *
 * Every answer has an outcome, whether or not the loop knew it, so accuracy by round and the share
 * of right answers that a loop broke can be read off the sessions. `findings.signals` has what each
 * evaluation found. Updates are trained as `attemptRound` has them: without their guidance.
 *
 * @throws `invalid-option` if `rounds` is not an integer of 0 or more
 * @example
 * import { answerAgain, askFor, loop } from '@icrl/rollout'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const protocol = loop({
 *   first: attempt,
 *   evaluate: askFor({
 *     prompt: ({ task, answer }) => [
 *       { role: 'user', content: `${task.question}\n${answer.attempt.turns[0].text}\nWhat is wrong?` },
 *     ],
 *     read: (text) => ({ signal: text, stop: text.includes('nothing') }),
 *   }),
 *   update: answerAgain({ attempt, guidance: ({ history }) => String(history.at(-1)!.evaluation.signal) }),
 *   rounds: 3,
 * })
 */
export function loop<T extends Task = Task>({
  first,
  evaluate,
  update,
  rounds,
}: LoopOptions<T>): SessionProtocol<T> {
  if (!Number.isInteger(rounds) || rounds < 0)
    throw new IcrlError(`loop: rounds is ${rounds}.`, {
      code: 'invalid-option',
      remedy: 'Use an integer of 0 or more; 0 is the first answer alone.',
    })
  return async function* (task, context) {
    let answer = yield* attemptRound({ attempt: first, task, context, round: 1 })
    const parts: SessionPart[] = [answer]
    const history: LoopStep[] = []
    for (let round = 1; round <= rounds; round++) {
      const evaluation = yield* evaluate({ task, context, round, answer, history: [...history] })
      parts.push(evaluation)
      history.push({ answer, evaluation })
      if (evaluation.stop) break
      answer = yield* update({ task, context, round, answer, history: [...history] })
      parts.push(answer)
    }
    const signals = history.map(({ evaluation }) => evaluation.signal)
    return sessionResult(task, context, parts, { signals })
  }
}

/** Options of {@link askFor}. */
export interface AskForOptions<T extends Task = Task> {
  /** Asks what is to be thought of the newest answer. */
  readonly prompt: (state: LoopState<T>) => readonly Message[]
  /** What the reply says. */
  readonly read: (text: string) => Pick<Evaluation, 'signal' | 'stop'>
  /** Who evaluates. @defaultValue `critic` */
  readonly role?: Role
}

/**
 * An evaluation by one turn of a role.
 *
 * @example
 * import { askFor } from '@icrl/rollout'
 * const evaluate = askFor({
 *   prompt: ({ answer }) => [{ role: 'user', content: `Right? ${answer.attempt.turns[0].text}` }],
 *   read: (text) => ({ signal: text, stop: text.startsWith('yes') }),
 * })
 */
export function askFor<T extends Task = Task>({
  prompt,
  read,
  role = 'critic',
}: AskForOptions<T>): Evaluate<T> {
  return async function* (state) {
    const { task, context, round, answer } = state
    const said = yield* roleTurn({
      role,
      task,
      context,
      round,
      messages: prompt(state),
      attempt: answer.attempt,
      parents: parentsFrom(answer),
    })
    return { ...said, ...read(said.text) }
  }
}

/** Options of {@link answerAgain}. */
export interface AnswerAgainOptions<T extends Task = Task> {
  /** How a task is attempted. */
  readonly attempt: AttemptProtocol<T>
  /** What the next attempt is shown; blank: nothing, and it is unguided. */
  readonly guidance: (state: LoopState<T>) => string
}

/**
 * An update that attempts the task again, shown some guidance.
 *
 * @example
 * import { answerAgain } from '@icrl/rollout'
 * import type { AttemptProtocol } from '@icrl/core'
 * declare const attempt: AttemptProtocol
 * const update = answerAgain({ attempt, guidance: () => 'Check every step.' })
 */
export function answerAgain<T extends Task = Task>({
  attempt,
  guidance,
}: AnswerAgainOptions<T>): Update<T> {
  return (state) =>
    attemptRound({
      attempt,
      task: state.task,
      context: state.context,
      round: state.round + 1,
      guidance: guidance(state),
      parents: parentsFrom(state.history.at(-1)!.evaluation, state.answer),
    })
}
