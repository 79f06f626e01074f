import type { Renderer, Task } from '@icrl/core'
import { writtenDemonstration } from '@icrl/recipes'
import {
  refineId,
  refiningTurn,
  reviseDecoding,
  type RefiningTurnOptions,
  type ReviseDecodingOptions,
} from '@icrl/rollout'
import type { Lab, Metrics } from '@icrl/trainer'
import { fineTune, learnPairs, lessonsFrom, type LessonOptions } from './lessons.ts'
import { refinementPairs } from './refinement-pairs.ts'
import { transitions } from './transitions.ts'

/** Options of {@link revise}. */
export interface ReviseOptions<T extends Task>
  extends
    RefiningTurnOptions<T>,
    Omit<LessonOptions<T>, 'steps'>,
    Pick<ReviseDecodingOptions<T>, 'answerOf'> {
  /** Writes conversations as ids. */
  readonly renderer: Renderer
  /** The reference answer to a task. */
  readonly reference: (task: T) => string
  /**
   * Optimizer steps of fine-tuning, of learning to verify and of learning to refine; a stage of 0
   * steps is left out.
   */
  readonly steps: readonly [number, number, number]
  /** Responses to each task that the pairs are made of. @defaultValue 10 */
  readonly samples?: number
  /** β of DPO. @defaultValue 0.1 */
  readonly beta?: number
  /** λ of the preferred response's negative log-likelihood. @defaultValue 0.1 */
  readonly likelihood?: number
  /** What is measured at the end. @defaultValue nothing is */
  readonly heldOut?: readonly T[]
  /** Responses of a vote. @defaultValue 8 */
  readonly votes?: number
}

/**
 * ReVISE (Lee et al. 2025, arXiv 2502.14565): after an attempt y the model ends, or says `[refine]` and
 * attempts again `[code]`. Fine-tuning on reference answers y*, then two stages of DPO on pairs from
 * 10 samples of each question:
 *
 *     verify    y right:  y end ≻ y [refine]          y wrong:  y [refine] ≻ y end
 *     refine    y right:  as before                   y wrong:  y [refine] y* end ≻ y end
 *               + 0.1 · mean −logπ of the preferred, tokens before its [refine] left out
 *
 * Decoding votes with confidences: `reviseDecoding`. Notes on the paper say that the second stage
 * rejects another wrong answer; the released code does not do so. Published: temperature 0.7, top-p
 * 0.9; learning rate 1e-4, then 1e-5; batch 64, 1 epoch.
 *
 * @returns a script for `program`, whose result is the figures of `heldOut`: `first` and `last` are the
 * accuracies of first and last attempts, `gain` their difference, `eval/vote` that of the vote
 * @throws `invalid-option` if `refine` is not one id
 * @example
 * import { revise, type ReviseOptions } from '@icrl/methods'
 * import { program, type ProgramOptions } from '@icrl/trainer'
 * import type { QuestionTask } from '@icrl/core'
 * declare const options: ReviseOptions<QuestionTask>, model: ProgramOptions
 * await program(model, async (lab) => {
 *   console.log(await revise(options)(lab))
 * })
 */
export function revise<T extends Task>({
  renderer,
  reference,
  steps: [tuning, verifying, refining],
  samples = 10,
  beta,
  likelihood = 0.1,
  heldOut,
  votes,
  prompt,
  verifier,
  refine,
  answerOf,
  ...lessons
}: ReviseOptions<T>): (lab: Lab) => Promise<Metrics | undefined> {
  const { tasks } = lessons
  const protocol = refiningTurn({ prompt, verifier, refine })
  const again = refineId(renderer, refine)
  const written = new Map(
    tasks.map((task) => [
      task.id,
      writtenDemonstration(renderer, { messages: prompt(task), text: reference(task) }),
    ]),
  )
  return async (lab) => {
    const references = new Map([...written].map(([id, answer]) => [id, [answer]]))
    if (tuning > 0) await fineTune(lab, 'fine-tuning', references, { ...lessons, steps: tuning })
    const sessions = await lab.gather('attempts', { protocol, tasks, sessions: samples })
    const pairs = (corrected: boolean) =>
      lessonsFrom(sessions, (own) =>
        own.flatMap(({ task, outcomes: [{ success }], samples: [sample] }) =>
          refinementPairs(sample, {
            again,
            isRight: success,
            answer: corrected ? written.get(task)!.response : undefined,
            stop: renderer.stop,
          }),
        ),
      )
    if (verifying > 0)
      await learnPairs(lab, 'verify', pairs(false), { ...lessons, beta, steps: verifying })
    if (refining > 0) {
      const refined = { ...lessons, beta, likelihood, steps: refining }
      await learnPairs(lab, 'refine', pairs(true), refined)
    }
    if (!heldOut) return undefined
    return lab.measure('held out', {
      tasks: heldOut,
      protocols: {
        refined: protocol,
        vote: reviseDecoding({ prompt, verifier, refine, answerOf, samples: votes }),
      },
      measure: async ({ sets }) => ({
        ...transitions(sets.flatMap(({ conditions }) => conditions.refined)),
      }),
    })
  }
}
