import type { AttemptProtocol, SessionResult, Task } from '@icrl/core'
import { demonstrationOf, type Demonstration, sft } from '@icrl/recipes'
import { type CriticOptions, plainRetry, solveCritiqueRevise, solveOnce } from '@icrl/rollout'
import type { Lab, LabTrainOptions, Metrics } from '@icrl/trainer'

/** Options of {@link critiqueInTheLoop}. */
export interface CritiqueInTheLoopOptions<T extends Task>
  extends Pick<LabTrainOptions<T>, 'optimizer' | 'checkpoints'>, Partial<CriticOptions<T>> {
  readonly tasks: readonly T[]
  readonly attempt: AttemptProtocol<T>
  /** Sessions of each task in each round; default: 5. */
  readonly samples?: number
  /** Further sessions of tasks that no session solved; default: 5. */
  readonly extraSamples?: number
  /** Default: 3. */
  readonly rounds?: number
  /** False: each round goes on from the weights of the last; default: true, from the base again. */
  readonly restart?: boolean
  /** Optimizer steps of each round. */
  readonly steps: number
  /** Default: 16. */
  readonly tasksPerStep?: number
  /** What is measured at the end; default: nothing is. */
  readonly heldOut?: readonly T[]
}

/**
 * Critique in the loop, of AutoMathCritique (arXiv 2411.16579) `[code]`: in each of 3 rounds sample 5
 * answers to a question; a wrong one gets a critique and is refined; questions that are still unsolved
 * get more samples; then the base weights, not the last round's, are fine-tuned on all right answers
 * of the round. A refined answer is learned under the plain question. The critic is whoever has the
 * role `critic`; without a `criticPrompt` the second attempt is a plain retry, which is rejection
 * sampling at as many attempts: the control.
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
  tasks,
  attempt,
  criticPrompt,
  parseCritique = (text) => ({ critique: text.trim(), valid: text.trim() !== '' }),
  criticContextTokens,
  samples = 5,
  extraSamples = 5,
  rounds = 3,
  restart = true,
  steps,
  tasksPerStep,
  heldOut,
  optimizer,
  checkpoints,
}: CritiqueInTheLoopOptions<T>): (lab: Lab) => Promise<Metrics | undefined> {
  const protocol = criticPrompt
    ? solveCritiqueRevise({ attempt, criticPrompt, parseCritique, criticContextTokens })
    : plainRetry(attempt, 2)
  return async (lab) => {
    const base = await lab.keep('base')
    for (let round = 1; round <= rounds; round++) {
      const byTask = rightAnswers(
        await lab.gather(`attempts ${round}`, { protocol, tasks, sessions: samples }),
      )
      const unsolved = tasks.filter(({ id }) => !byTask.has(id))
      if (unsolved.length > 0 && extraSamples > 0) {
        const more = { protocol, tasks: unsolved, sessions: extraSamples }
        for (const [id, right] of rightAnswers(await lab.gather(`more ${round}`, more)))
          byTask.set(id, right)
      }
      if (restart) await lab.restore(base)
      await lab.train(`learning ${round}`, {
        recipe: sft<T>({ demonstrate: ({ id }) => byTask.get(id) ?? [], tasksPerStep }),
        tasks: tasks.filter(({ id }) => byTask.has(id)),
        stop: { steps },
        optimizer,
        checkpoints,
      })
    }
    const single = solveOnce(attempt)
    return heldOut && lab.measure('held out', { tasks: heldOut, protocols: { single } })
  }
}

/** Right answers by task, first attempts and refined ones, each under the plain question. */
function rightAnswers(sessions: readonly SessionResult[]): Map<string, readonly Demonstration[]> {
  const byTask = new Map<string, readonly Demonstration[]>()
  for (const { task, samples } of sessions) {
    const right = samples.filter(({ success }) => success === true)
    if (right.length > 0)
      byTask.set(task, [
        ...(byTask.get(task) ?? []),
        ...right.map((sample) => demonstrationOf(sample)),
      ])
  }
  return byTask
}
