import {
  outcomeOf,
  type Message,
  type Renderer,
  type SessionPart,
  type SessionProtocol,
  type Task,
  type Verifier,
} from '@icrl/core'
import { parseVerdict } from '@icrl/critic'
import {
  type CritiquedAnswer,
  demonstrationOf,
  type Demonstration,
  writtenDemonstration,
} from '@icrl/recipes'
import { roleTurn, sessionResult, singleTurn, solveOnce } from '@icrl/rollout'
import type { Lab, Metrics } from '@icrl/trainer'
import { fineTune, lessonsFrom, lessonsOf, type LessonOptions } from './lessons.ts'

/** How a model answers, gives itself feedback, and refines. */
export interface SelfRefineOptions<T extends Task> {
  /** Asks for an answer. */
  readonly prompt: (task: T) => readonly Message[]
  /** Asks the role `critic`, who should be the same policy, what it thinks of an answer. */
  readonly feedbackPrompt: (task: T, answer: string) => readonly Message[]
  /** Asks for a better answer, given what was thought of the first. */
  readonly refinePrompt: (task: T, answer: string, feedback: string) => readonly Message[]
  /** Whether feedback finds an answer good; default: its verdict, by `parseVerdict`, is right. */
  readonly isGood?: (feedback: string) => boolean
}

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
  /** Answers to each task in each round; default: 4. */
  readonly samples?: number
  /** Default: 2. */
  readonly rounds?: number
  /** False: what the model's own feedback finds bad is learned, too, the control; default: true. */
  readonly filter?: boolean
  /** What is measured at the end; default: nothing is. */
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

/**
 * An answer of the solver and the critic's feedback on it; unless that finds it good, a refined answer
 * and feedback on that. The refined answer is to be learned under the question alone. The finding
 * `good` is what the last feedback says. With a verifier the outcomes are those of the answers.
 *
 * @example
 * import { selfRefineOnce } from '@icrl/methods'
 * import type { QuestionTask } from '@icrl/core'
 * const ask = (...lines: string[]) => [{ role: 'user' as const, content: lines.join('\n') }]
 * const protocol = selfRefineOnce<QuestionTask>({
 *   prompt: ({ question }) => ask(question),
 *   feedbackPrompt: ({ question }, answer) => ask(question, answer, 'Right or wrong?'),
 *   refinePrompt: ({ question }, answer, feedback) => ask(question, answer, feedback, 'Again:'),
 * })
 */
export function selfRefineOnce<T extends Task>({
  prompt,
  feedbackPrompt,
  refinePrompt,
  isGood = (feedback) => parseVerdict(feedback) === 'right',
  verifier,
}: SelfRefineOptions<T> & { readonly verifier?: Verifier<T> }): SessionProtocol<T> {
  return async function* (task, context) {
    const learnUnder = context.roles.solver.renderer.start(prompt(task))
    const answered = async function* (round: number, messages: readonly Message[]) {
      const said = yield* roleTurn({ role: 'solver', task, context, round, messages, learnUnder })
      const { text, reply } = said
      const verdict = await verifier?.({ text, tokens: reply.tokens, task })
      const outcome = verdict && outcomeOf(verdict, `task "${task.id}", round ${round}`)
      const asked = feedbackPrompt(task, text)
      const { text: feedback, ...heard } = yield* roleTurn({
        role: 'critic',
        task,
        context,
        round,
        messages: asked,
      })
      const parts: SessionPart[] = [{ ...said, ...(outcome && { outcome }) }, heard]
      return { text, feedback, parts, good: isGood(feedback) }
    }
    const first = yield* answered(1, prompt(task))
    if (first.good) return sessionResult(task, context, first.parts, { good: true })
    const second = yield* answered(2, refinePrompt(task, first.text, first.feedback))
    const { good } = second
    return sessionResult(task, context, [...first.parts, ...second.parts], { good })
  }
}
