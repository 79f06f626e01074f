import type { Renderer, Task, Verifier } from '@icrl/core'
import {
  type CritiquedAnswer,
  demonstrationOf,
  type Demonstration,
  writtenDemonstration,
} from '@icrl/recipes'
import { singleTurn, solveOnce } from '@icrl/rollout'
import type { Lab, Metrics } from '@icrl/trainer'
import { fineTune, lessonsFrom, lessonsOf, type LessonOptions } from './lessons.ts'
import { selfRefineOnce, type SelfRefineOptions } from './self-refine-once.ts'

/** Options of {@link selfEvolution}. */
export interface SelfEvolutionOptions<T extends Task>
  extends SelfRefineOptions<T>, Omit<LessonOptions<T>, 'steps'> {
  /** Writes conversations as ids. */
  readonly renderer: Renderer
  /** Tasks with a teacher's examples, for the meta-skills. */
  readonly taught: readonly T[]
  /** A teacher's answers to a task, with critiques. */
  readonly examples: (task: T) => readonly CritiquedAnswer[]
  /** Optimizer steps of learning the meta-skills, and of each round. */
  readonly steps: readonly [number, number]
  /** Answers to each task in each round. @defaultValue 4 */
  readonly samples?: number
  /** Rounds of sampling and learning. @defaultValue 2 */
  readonly rounds?: number
  /**
   * False: what the model's own feedback finds bad is learned, too, the control.
   *
   * @defaultValue true
   */
  readonly filter?: boolean
  /** What is measured at the end. @defaultValue nothing is */
  readonly heldOut?: readonly T[]
  /** Read when `heldOut` is measured, never in the rounds. */
  readonly verifier: Verifier<T>
}

/**
 * SELF, self-evolution with language feedback (Lu et al. 2023, arXiv 2310.00533) `[abs]`:
 *
 *     meta-skills   fine-tune on a teacher's feedback given (x, y), refined answers given (x, y, f),
 *                   and refined answers given x
 *     rounds        answer, feedback, refined answer, feedback of that; the last answer is kept if
 *                   the model's own feedback finds it good, and learned under x
 *     at test time  answer once, or refine
 *
 * No label is read in the rounds. Each goes on from the last, and learns the teacher's examples along
 * with its own answers; the source says that data are mixed, the mixture is ours `[ours]`.
 *
 * @returns a script for `program`, whose result has `eval/direct` and `eval/refined` of `heldOut`
 * @throws `unsupported` for a renderer without `answer`
 * @example
 * import { selfEvolution, type SelfEvolutionOptions } from '@icrl/methods'
 * import { program, type ProgramOptions } from '@icrl/trainer'
 * import type { QuestionTask } from '@icrl/core'
 * declare const options: SelfEvolutionOptions<QuestionTask>, model: ProgramOptions
 * await program(model, async (lab) => {
 *   console.log(await selfEvolution(options)(lab))
 * })
 */
export function selfEvolution<T extends Task>({
  renderer,
  taught,
  examples,
  steps: [skills, evolving],
  samples = 4,
  rounds = 2,
  filter = true,
  heldOut,
  verifier,
  tasks,
  prompt,
  feedbackPrompt,
  refinePrompt,
  isGood,
  ...shared
}: SelfEvolutionOptions<T>): (lab: Lab) => Promise<Metrics | undefined> {
  const self = { prompt, feedbackPrompt, refinePrompt, isGood }
  const written = (task: T, { answer, critique, refined }: CritiquedAnswer): Demonstration[] =>
    [
      { messages: feedbackPrompt(task, answer), text: critique, role: 'critic' },
      { messages: refinePrompt(task, answer, critique), text: refined },
      { messages: prompt(task), text: refined },
    ].map((one) => writtenDemonstration(renderer, one))
  const meta = new Map(
    taught.map((task) => [task.id, examples(task).flatMap((example) => written(task, example))]),
  )
  return async (lab) => {
    await fineTune(lab, 'meta-skills', meta, { ...shared, tasks: taught, steps: skills })
    for (let round = 1; round <= rounds; round++) {
      const protocol = selfRefineOnce(self)
      const sessions = await lab.gather(`answers ${round}`, { protocol, tasks, sessions: samples })
      const own = lessonsFrom(sessions, (all) =>
        all
          .filter(({ findings }) => findings!.good || !filter)
          .flatMap(({ samples: made }) =>
            made.filter(({ keys }) => keys.role === 'solver').slice(-1),
          )
          .map((sample) => demonstrationOf(sample)),
      )
      await fineTune(lab, `evolution ${round}`, lessonsOf(meta, own), {
        ...shared,
        tasks: [...taught, ...tasks],
        steps: evolving,
      })
    }
    if (!heldOut) return undefined
    return lab.measure('held out', {
      tasks: heldOut,
      protocols: {
        direct: solveOnce(singleTurn({ prompt, verifier })),
        refined: selfRefineOnce({ ...self, verifier }),
      },
    })
  }
}
