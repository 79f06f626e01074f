import {
  outcomeOf,
  type Figures,
  type Message,
  type Renderer,
  type SessionProtocol,
  type SessionResult,
  type Task,
  type Verifier,
} from '@icrl/core'
import { writtenDemonstration } from '@icrl/recipes'
import { roleTurn, sessionResult } from '@icrl/rollout'
import type { Lab, Metrics } from '@icrl/trainer'
import { fineTune, lessonsFrom, type LessonOptions } from './lessons.ts'

/** How an answer and the confidence in it are asked for. */
export interface StatedConfidenceOptions<T extends Task> {
  /** Asks for an answer and the confidence in it. */
  readonly prompt: (task: T) => readonly Message[]
  /** What an answer is worth. */
  readonly verifier: Verifier<T>
  /** Asks the solver how sure it is of its answer. */
  readonly confidencePrompt: (task: T, answer: string) => readonly Message[]
  /** The confidence in a text, from 0 to 1; of a stated uncertainty u it is 1 − u. */
  readonly confidenceOf: (text: string) => number | undefined
}

/** One answer, and how sure its writer was. */
export interface StatedConfidence {
  /** Whether the answer was right. */
  readonly right: boolean
  /** From 0 to 1; the worst value where none could be read: 1 for a wrong answer, 0 for a right one. */
  readonly confidence: number
}

/** Options of {@link critical}. */
export interface CriticalOptions<T extends Task>
  extends StatedConfidenceOptions<T>, LessonOptions<T> {
  /** Writes conversations as ids. */
  readonly renderer: Renderer
  /** Asks the role `teacher`, who may be shown the right answer, to criticize a stated confidence. */
  readonly teacherPrompt: (task: T, answer: string, stated: string) => readonly Message[]
  /** What the critique is learned under; default: `confidencePrompt`. */
  readonly learnPrompt?: (task: T, answer: string, stated: string) => readonly Message[]
  /** Answers to each task; default: 1. */
  readonly samples?: number
  /** What is measured at the end; default: nothing is. */
  readonly heldOut?: readonly T[]
  /** Figures of the held-out answers, such as the calibration error; default: the accuracy alone. */
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

/**
 * An answer, how sure its writer is, and, with a `teacherPrompt`, what the role `teacher` says of that.
 * Its finding `confidence` is that of {@link StatedConfidence}.
 *
 * @example
 * import { stateConfidence, type StatedConfidenceOptions } from '@icrl/methods'
 * import type { QuestionTask } from '@icrl/core'
 * declare const asking: StatedConfidenceOptions<QuestionTask>
 * const protocol = stateConfidence(asking)
 */
export function stateConfidence<T extends Task>({
  prompt,
  verifier,
  confidencePrompt,
  confidenceOf,
  teacherPrompt,
}: StatedConfidenceOptions<T> &
  Partial<Pick<CriticalOptions<T>, 'teacherPrompt'>>): SessionProtocol<T> {
  return async function* (task, context) {
    const asked = { role: 'solver', task, context }
    const { text, reply, ...answer } = yield* roleTurn({ ...asked, messages: prompt(task) })
    const verdict = await verifier({ text, tokens: reply.tokens, task })
    const outcome = outcomeOf(verdict, `task "${task.id}"`)
    const messages = confidencePrompt(task, text)
    const stated = yield* roleTurn({ ...asked, round: 2, messages })
    const confidence = confidenceOf(stated.text) ?? Number(!outcome.success)
    const criticized = teacherPrompt && {
      role: 'teacher',
      task,
      context,
      messages: teacherPrompt(task, text, stated.text),
    }
    const parts = [
      { ...answer, outcome },
      stated,
      ...(criticized ? [yield* roleTurn(criticized)] : []),
    ]
    return sessionResult(task, context, parts, { confidence })
  }
}

/** What a session of {@link stateConfidence} found; nothing of one that failed. */
function statedIn({ outcomes, findings }: SessionResult): StatedConfidence[] {
  const confidence = findings?.confidence
  return typeof confidence === 'number' ? [{ right: outcomes[0].success, confidence }] : []
}
