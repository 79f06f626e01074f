import type { Renderer, Task } from '@icrl/core'
import { writtenDemonstration } from '@icrl/recipes'
import type { Lab, Metrics } from '@icrl/trainer'
import { fineTune, learnPairs, lessonsFrom, type LessonOptions } from './lessons.ts'
import { mergeCritiques, type MergedCritiqueOptions } from './merge-critiques.ts'
import { preferencePairs } from './preference-pairs.ts'
import { validateByRevision, type RevisionValidationOptions } from './validate-by-revision.ts'

/** Options of {@link multiCritique}. */
export interface MultiCritiqueOptions<T extends Task>
  extends MergedCritiqueOptions<T>, RevisionValidationOptions<T>, Omit<LessonOptions<T>, 'steps'> {
  /** Writes conversations as ids. */
  readonly renderer: Renderer
  /** The critique that the good units make. @defaultValue a bullet per line */
  readonly write?: (units: readonly string[]) => string
  /** Optimizer steps of fine-tuning, and of learning preferences; 0 of those is the control. */
  readonly steps: readonly [number, number]
  /** Critiques of each task that are validated. @defaultValue 4 */
  readonly samples?: number
  /** β of DPO. @defaultValue 0.1 */
  readonly beta?: number
  /** What is measured at the end. @defaultValue nothing is */
  readonly heldOut?: readonly T[]
}

/**
 * MultiCritique (Lan et al. 2024, arXiv 2410.15287): a critic learns from several others `[abs]`.
 *
 * 1. Each of them lists units of criticism. A meta-critic finds each unit good, or of one of 7 kinds
 *    of error. The good units of all, each once, are what the critic is fine-tuned on.
 * 2. Several revisers revise under each of the critic's own critiques. Of two critiques of a
 *    response, the one whose revisions score higher on average is preferred.
 *
 * The paper trains a reward model on those preferences and then runs PPO; ours runs DPO on them
 * `[ours]`. A meta-critic is shown one unit at a time. Units with equal words are merged, in
 * alphabetical order; in the paper GPT-4 merges them.
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
