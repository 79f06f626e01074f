import type { Figures, Message, Renderer, Task } from '@icrl/core'
import { writtenDemonstration } from '@icrl/recipes'
import type { Lab, Metrics } from '@icrl/trainer'
import { fineTune, lessonsFrom, type LessonOptions } from './lessons.ts'
import {
  stateConfidence,
  statedIn,
  type StatedConfidence,
  type StatedConfidenceOptions,
} from './state-confidence.ts'

/** Options of {@link critical}. */
export interface CriticalOptions<T extends Task>
  extends StatedConfidenceOptions<T>, LessonOptions<T> {
  /** Writes conversations as ids. */
  readonly renderer: Renderer
  /** Asks the role `teacher`, who may be shown the right answer, to criticize a stated confidence. */
  readonly teacherPrompt: (task: T, answer: string, stated: string) => readonly Message[]
  /** What the critique is learned under. @defaultValue `confidencePrompt` */
  readonly learnPrompt?: (task: T, answer: string, stated: string) => readonly Message[]
  /** Answers to each task. @defaultValue 1 */
  readonly samples?: number
  /** What is measured at the end. @defaultValue nothing is */
  readonly heldOut?: readonly T[]
  /**
   * Figures of the held-out answers, such as the calibration error.
   *
   * @defaultValue the accuracy alone
   */
  readonly figures?: (stated: readonly StatedConfidence[]) => Figures
}

/**
 * CritiCal (arXiv 2510.24505): a student learns to state how sure it is from a teacher's critiques of
 * what it stated `[code]`. It answers and states a confidence; the teacher, who knows the right answer,
 * writes why that confidence fits or does not; and
 *
 *     L = −log π(critique | x, y, stated confidence)
 *
 * Published: LoRA of rank 8, learning rate 1e-4, 1 epoch, batch 64, 2000 items, GPT-4o as teacher. A
 * stated confidence that cannot be read counts as the worst value.
 *
 * @returns a script for `program`, whose result has `eval/stated`, the accuracy on `heldOut`, and
 * `figures`
 * @throws `unsupported` for a renderer without `answer`
 * @example
 * import { critical, type CriticalOptions } from '@icrl/methods'
 * import { program, type ProgramOptions } from '@icrl/trainer'
 * import type { QuestionTask } from '@icrl/core'
 * declare const options: CriticalOptions<QuestionTask>, model: ProgramOptions
 * await program(model, async (lab) => {
 *   console.log(await critical(options)(lab))
 * })
 */
export function critical<T extends Task>({
  renderer,
  teacherPrompt,
  learnPrompt,
  samples = 1,
  heldOut,
  figures,
  prompt,
  verifier,
  confidencePrompt,
  confidenceOf,
  ...lessons
}: CriticalOptions<T>): (lab: Lab) => Promise<Metrics | undefined> {
  const { tasks } = lessons
  const asking = { prompt, verifier, confidencePrompt, confidenceOf }
  const byId = new Map(tasks.map((task) => [task.id, task]))
  const learned = learnPrompt ?? confidencePrompt
  return async (lab) => {
    const protocol = stateConfidence({ ...asking, teacherPrompt })
    const sessions = await lab.gather('critiques', { protocol, tasks, sessions: samples })
    const critiques = lessonsFrom(sessions, (own) =>
      own.map(({ task, transcript: [answer, stated, critique] }) =>
        writtenDemonstration(renderer, {
          messages: learned(byId.get(task)!, answer.text, stated.text),
          text: critique.text,
        }),
      ),
    )
    await fineTune(lab, 'learning', critiques, lessons)
    if (!heldOut) return undefined
    return lab.measure('held out', {
      tasks: heldOut,
      protocols: { stated: stateConfidence(asking) },
      measure: async ({ sets }) =>
        figures?.(sets.flatMap(({ conditions }) => conditions.stated).flatMap(statedIn)) ?? {},
    })
  }
}
