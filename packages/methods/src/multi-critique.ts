import {
  type Message,
  outcomeOf,
  type Renderer,
  type SessionPart,
  type SessionProtocol,
  type Task,
  type Verifier,
} from '@icrl/core'
import { parseVerdict } from '@icrl/critic'
import { writtenDemonstration } from '@icrl/recipes'
import { roleTurn, type RoleTurn, sessionResult } from '@icrl/rollout'
import type { Lab, Metrics } from '@icrl/trainer'
import {
  fineTune,
  learnPairs,
  lessonsFrom,
  preferencePairs,
  type LessonOptions,
} from './lessons.ts'

/** How several critics' reviews become one. */
export interface MergedCritiqueOptions<T extends Task> {
  /** Roles that criticize for the data, such as snapshots and endpoints. */
  readonly critics: readonly string[]
  /** Asks for a critique, as a list of units. */
  readonly criticPrompt: (task: T) => readonly Message[]
  /** The units in a critique; default: its lines, without bullets. */
  readonly unitsIn?: (critique: string) => readonly string[]
  /** Asks the role `meta` what kind of unit it is: good, or of one of the kinds of error. */
  readonly metaPrompt: (task: T, unit: string) => readonly Message[]
  /** Whether the answer finds the unit good; default: its verdict, by `parseVerdict`, is right. */
  readonly isGood?: (answer: string) => boolean
}

/** How a critique is validated by what becomes of the response. */
export interface RevisionValidationOptions<T extends Task> {
  /** Asks for a critique. */
  readonly criticPrompt: (task: T) => readonly Message[]
  /** Roles that each revise the response under the critique. */
  readonly revisers: readonly string[]
  /** Asks for a revision under a critique. */
  readonly revisePrompt: (task: T, critique: string) => readonly Message[]
  /** Scores a revision. */
  readonly verifier: Verifier<T>
}

/** Options of {@link multiCritique}. */
export interface MultiCritiqueOptions<T extends Task>
  extends MergedCritiqueOptions<T>, RevisionValidationOptions<T>, Omit<LessonOptions<T>, 'steps'> {
  /** Writes conversations as ids. */
  readonly renderer: Renderer
  /** The critique that the good units make; default: a bullet per line. */
  readonly write?: (units: readonly string[]) => string
  /** Optimizer steps of fine-tuning, and of learning preferences; 0 of those is the control. */
  readonly steps: readonly [number, number]
  /** Critiques of each task that are validated; default: 4. */
  readonly samples?: number
  /** β of DPO; default: 0.1. */
  readonly beta?: number
  /** What is measured at the end; default: nothing is. */
  readonly heldOut?: readonly T[]
}

/**
 * MultiCritique (Lan et al. 2024, arXiv 2410.15287): a critic learns from several others `[abs]`.
 *
 *     1  each of them lists units of criticism; a meta-critic finds each unit good, or of one of 7
 *        kinds of error; the good units of all, each once, are what the critic is fine-tuned on
 *     2  several revisers revise under each of the critic's own critiques; of two critiques of a
 *        response, the one whose revisions score higher on average is preferred
 *
 * Theirs trains a reward model on those preferences and then PPO; ours is DPO on them `[ours]`. What
 * all meta-critics are shown is one unit; the merging is by equal words, in alphabetical order, where
 * theirs is by GPT-4.
 *
 * @returns a script for `program`, whose result has `eval/validated`, the share of `heldOut` that every
 * reviser gets right under the critique
 * @throws `unsupported` for a renderer without `answer`
 * @example
 * import { multiCritique, type MultiCritiqueOptions } from '@icrl/methods'
 * import { program, type ProgramOptions } from '@icrl/trainer'
 * import type { QuestionTask } from '@icrl/core'
 * declare const options: MultiCritiqueOptions<QuestionTask>, model: ProgramOptions
 * await program(model, async (lab) => {
 *   console.log(await multiCritique(options)(lab))
 * })
 */
export function multiCritique<T extends Task>({
  renderer,
  write = (units) => units.map((unit) => `- ${unit}`).join('\n'),
  steps: [tuning, preferring],
  samples = 4,
  beta,
  heldOut,
  critics,
  criticPrompt,
  unitsIn,
  metaPrompt,
  isGood,
  revisers,
  revisePrompt,
  verifier,
  ...lessons
}: MultiCritiqueOptions<T>): (lab: Lab) => Promise<Metrics | undefined> {
  const { tasks } = lessons
  const byId = new Map(tasks.map((task) => [task.id, task]))
  const validation = validateByRevision({ criticPrompt, revisers, revisePrompt, verifier })
  return async (lab) => {
    const protocol = mergeCritiques({ critics, criticPrompt, unitsIn, metaPrompt, isGood })
    const merged = lessonsFrom(await lab.gather('critiques', { protocol, tasks }), (own) =>
      own.map(({ task, findings }) =>
        writtenDemonstration(renderer, {
          messages: criticPrompt(byId.get(task)!),
          text: write(findings!.units as readonly string[]),
          role: 'critic',
        }),
      ),
    )
    await fineTune(lab, 'fine-tuning', merged, { ...lessons, steps: tuning })
    const gathered = { protocol: validation, tasks, sessions: samples }
    const validated = lessonsFrom(await lab.gather('revisions', gathered), (own) => {
      const values = new Map(
        own.flatMap(({ samples: made, findings }) =>
          made
            .filter(({ keys }) => keys.role === 'critic')
            .map((sample) => [sample, Number(findings!.value)]),
        ),
      )
      return preferencePairs([...values.keys()], { valueOf: (sample) => values.get(sample)! })
    })
    if (preferring > 0)
      await learnPairs(lab, 'preferences', validated, { ...lessons, beta, steps: preferring })
    return (
      heldOut && lab.measure('held out', { tasks: heldOut, protocols: { validated: validation } })
    )
  }
}

/**
 * The critiques of several roles, and each of their units put to the role `meta`. Its finding `units`
 * are the good ones, each once, in alphabetical order.
 *
 * @example
 * import { mergeCritiques, type MergedCritiqueOptions } from '@icrl/methods'
 * import type { QuestionTask } from '@icrl/core'
 * declare const options: MergedCritiqueOptions<QuestionTask>
 * const protocol = mergeCritiques(options)
 */
export function mergeCritiques<T extends Task>({
  critics,
  criticPrompt,
  unitsIn = linesIn,
  metaPrompt,
  isGood = (answer) => parseVerdict(answer) === 'right',
}: MergedCritiqueOptions<T>): SessionProtocol<T> {
  return async function* (task, context) {
    const said: RoleTurn[] = []
    for (const role of critics)
      said.push(yield* roleTurn({ role, task, context, messages: criticPrompt(task) }))
    const units = [...new Set(said.flatMap(({ text }) => unitsIn(text)))].sort()
    const good: string[] = []
    const parts: SessionPart[] = [...said]
    for (const [branch, unit] of units.entries()) {
      const messages = metaPrompt(task, unit)
      const judged = yield* roleTurn({ role: 'meta', task, context, branch, messages })
      parts.push(judged)
      if (isGood(judged.text)) good.push(unit)
    }
    return sessionResult(task, context, parts, { units: good })
  }
}

/**
 * A critique of the role `critic`, and a revision of every reviser under it. Its finding `value` is the
 * mean of their scores; its outcome is a success if all of them are.
 *
 * @example
 * import { validateByRevision, type RevisionValidationOptions } from '@icrl/methods'
 * import type { QuestionTask } from '@icrl/core'
 * declare const options: RevisionValidationOptions<QuestionTask>
 * const protocol = validateByRevision(options)
 */
export function validateByRevision<T extends Task>({
  criticPrompt,
  revisers,
  revisePrompt,
  verifier,
}: RevisionValidationOptions<T>): SessionProtocol<T> {
  return async function* (task, context) {
    const critique = yield* roleTurn({
      role: 'critic',
      task,
      context,
      messages: criticPrompt(task),
    })
    const parts: SessionPart[] = [critique]
    const scores: number[] = []
    for (const role of revisers) {
      const messages = revisePrompt(task, critique.text)
      const { text, reply, ...revised } = yield* roleTurn({
        role,
        task,
        context,
        round: 2,
        messages,
      })
      parts.push(revised)
      const where = `task "${task.id}", role "${role}"`
      scores.push(outcomeOf(await verifier({ text, tokens: reply.tokens, task }), where).reward)
    }
    const value = scores.reduce((sum, score) => sum + score, 0) / scores.length
    const outcome = { reward: value, success: value === 1 }
    return sessionResult(task, context, [...parts, { samples: [], transcript: [], outcome }], {
      value,
    })
  }
}

function linesIn(critique: string): string[] {
  return critique.split('\n').flatMap((line) => line.replace(/^\s*[-*•\d.]+\s*/, '').trim() || [])
}
