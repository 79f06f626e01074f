import type { AttemptProtocol, SessionResult, Task } from '@icrl/core'
import { demonstrationOf, type Demonstration } from '@icrl/recipes'
import { type CriticOptions, plainRetry, solveCritiqueRevise, solveOnce } from '@icrl/rollout'
import type { Lab, Metrics } from '@icrl/trainer'
import { fineTune, lessonsFrom, type LessonOptions, type Lessons } from './lessons.ts'

/** Options of {@link critiqueInTheLoop}. */
export interface CritiqueInTheLoopOptions<T extends Task>
  extends LessonOptions<T>, Partial<CriticOptions<T>> {
  /** How a task is attempted. */
  readonly attempt: AttemptProtocol<T>
  /** Sessions of each task in each round. @defaultValue 5 */
  readonly samples?: number
  /** Further sessions of tasks that no session solved. @defaultValue 5 */
  readonly extraSamples?: number
  /** Rounds of sampling and learning. @defaultValue 3 */
  readonly rounds?: number
  /**
   * False: each round goes on from the weights of the last.
   *
   * @defaultValue true, from the base again
   */
  readonly restart?: boolean
  /** What is measured at the end. @defaultValue nothing is */
  readonly heldOut?: readonly T[]
}

/**
 * Critique in the loop, of AutoMathCritique (arXiv 2411.16579) `[code]`: in each of 3 rounds sample
 * 5 answers to a question; a wrong one gets a critique and is refined; questions that are still
 * unsolved get more samples; then the base weights, not the last round's, are fine-tuned on all
 * right answers of the round. A refined answer is learned under the plain question. The critic is
 * whoever has the role `critic`; without a `criticPrompt` the second attempt is a plain retry. That
 * is rejection sampling with as many attempts: the control.
 *
 * @returns a script for `program`, whose result is the figures of `heldOut`
 * @example
 * import { critiqueInTheLoop, type CritiqueInTheLoopOptions } from '@icrl/methods'
 * import { program, type ProgramOptions } from '@icrl/trainer'
 * import type { QuestionTask } from '@icrl/core'
 * declare const options: CritiqueInTheLoopOptions<QuestionTask>, model: ProgramOptions
 * await program(model, async (lab) => {
 *   console.log(await critiqueInTheLoop(options)(lab))
 * })
 */
export function critiqueInTheLoop<T extends Task>({
  attempt,
  criticPrompt,
  parseCritique = (text) => ({ critique: text.trim(), valid: text.trim() !== '' }),
  criticContextTokens,
  samples = 5,
  extraSamples = 5,
  rounds = 3,
  restart = true,
  heldOut,
  ...lessons
}: CritiqueInTheLoopOptions<T>): (lab: Lab) => Promise<Metrics | undefined> {
  const { tasks } = lessons
  const protocol = criticPrompt
    ? solveCritiqueRevise({ attempt, criticPrompt, parseCritique, criticContextTokens })
    : plainRetry(attempt, 2)
  return async (lab) => {
    const base = await lab.keep('base')
    for (let round = 1; round <= rounds; round++) {
      const attempts = await lab.gather(`attempts ${round}`, { protocol, tasks, sessions: samples })
      const right = new Map(rightAnswers(attempts))
      const unsolved = tasks.filter(({ id }) => (right.get(id) ?? []).length === 0)
      if (unsolved.length > 0 && extraSamples > 0) {
        const more = { protocol, tasks: unsolved, sessions: extraSamples }
        for (const [id, found] of rightAnswers(await lab.gather(`more ${round}`, more)))
          right.set(id, found)
      }
      if (restart) await lab.restore(base)
      await fineTune(lab, `learning ${round}`, right, lessons)
    }
    const single = solveOnce(attempt)
    return heldOut && lab.measure('held out', { tasks: heldOut, protocols: { single } })
  }
}

/** Right answers by task, first attempts and refined ones, each under the plain question. */
function rightAnswers(sessions: readonly SessionResult[]): Lessons<Demonstration> {
  return lessonsFrom(sessions, (own) =>
    own
      .flatMap(({ samples }) => samples)
      .filter(({ success }) => success === true)
      .map((sample) => demonstrationOf(sample)),
  )
}
