import type { AttemptProtocol, Task } from '@icrl/core'
import { majority } from '@icrl/critic'
import { demonstrationOf } from '@icrl/recipes'
import { solveOnce } from '@icrl/rollout'
import type { Lab, Metrics } from '@icrl/trainer'
import { fineTune, lessonsFrom, type LessonOptions } from './lessons.ts'

/** Options of {@link selfImprove}. */
export interface SelfImproveOptions<T extends Task> extends LessonOptions<T> {
  /** How a task is attempted. */
  readonly attempt: AttemptProtocol<T>
  /** The answer in a response, to be voted on; undefined if there is none. */
  readonly answerOf: (text: string) => string | undefined
  /** Responses to each task. @defaultValue 8 */
  readonly samples?: number
  /** Least share of the votes that the majority's answer needs. @defaultValue 0, any majority */
  readonly leastAgreement?: number
  /** How many times the policy samples and learns. @defaultValue 1 */
  readonly rounds?: number
  /** What is measured at the end. @defaultValue nothing is */
  readonly heldOut?: readonly T[]
}

/**
 * Self-improvement by votes, one of the loops of the self-feedback frame (arXiv 2407.14507; Huang
 * et al. 2022, arXiv 2210.11610) `[abs]`: sample several responses to a question, take the most
 * frequent answer as right, and fine-tune on the responses that end in it. No label is read. Single
 * answers come to be as good as the vote, and worse where the vote is wrong.
 *
 * @returns a script for `program`, whose result is the figures of `heldOut`
 * @example
 * import { selfImprove, type SelfImproveOptions } from '@icrl/methods'
 * import { program, type ProgramOptions } from '@icrl/trainer'
 * import type { QuestionTask } from '@icrl/core'
 * declare const options: SelfImproveOptions<QuestionTask>, model: ProgramOptions
 * await program(model, async (lab) => {
 *   console.log(await selfImprove(options)(lab))
 * })
 */
export function selfImprove<T extends Task>({
  attempt,
  answerOf,
  samples = 8,
  leastAgreement = 0,
  rounds = 1,
  heldOut,
  ...lessons
}: SelfImproveOptions<T>): (lab: Lab) => Promise<Metrics | undefined> {
  const { tasks } = lessons
  const protocol = solveOnce(attempt)
  return async (lab) => {
    for (let round = 1; round <= rounds; round++) {
      const sessions = await lab.gather(`samples ${round}`, { protocol, tasks, sessions: samples })
      const agreeing = lessonsFrom(sessions, (own) => {
        const said = own.map(({ transcript, samples: made }) => ({
          answer: answerOf(transcript[0].text),
          made,
        }))
        const voted = majority(said.flatMap(({ answer }) => answer ?? []))
        const kept = said.filter(({ answer }) => answer !== undefined && answer === voted)
        if (kept.length / own.length < leastAgreement) return []
        return kept.flatMap(({ made }) => made.map((sample) => demonstrationOf(sample)))
      })
      await fineTune(lab, `learning ${round}`, agreeing, lessons)
    }
    return heldOut && lab.measure('held out', { tasks: heldOut, protocols: { single: protocol } })
  }
}
