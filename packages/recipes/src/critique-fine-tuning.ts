import type { Message, Recipe, Renderer, Task } from '@icrl/core'
import { writtenDemonstration } from './collect/collect-demonstrations.ts'
import { partNamed } from './options/part-named.ts'
import { resizableTasks } from './resize-recipe.ts'
import { sft, type SftOptions } from './sft.ts'

/** An answer, what a teacher said of it, and the answer that it became. */
export interface CritiquedAnswer {
  /** Right or wrong. */
  readonly answer: string
  /** What is to be learned: the critique of the answer. */
  readonly critique: string
  /** The better answer after it. */
  readonly refined: string
}

/** Options of {@link critiqueFineTuning}. */
export interface CritiqueFineTuningOptions<T extends Task = Task> extends Omit<
  SftOptions<T>,
  'demonstrate'
> {
  /** Writes conversations as ids. */
  readonly renderer: Renderer
  /** Answers to a task, with critiques. */
  readonly examples: (task: T) => readonly CritiquedAnswer[]
  /** Asks for a critique of an answer. */
  readonly criticPrompt: (task: T, answer: string) => readonly Message[]
}

/**
 * Critique fine-tuning, CFT (Wang et al. 2025, arXiv 2501.17703): the model learns to criticize
 * answers instead of imitating them `[abs]`:
 *
 *     L = −log π(c | x, y)        c a teacher's critique of a noisy answer y to the question x
 *
 * and answers x itself at test time. Published: 50,000 critiques by GPT-4o; learning rate 5e-6,
 * batch 512 `[mem]`. Evaluations run `attempt`, and show whether learning to criticize teaches
 * answering. No answer is imitated, so the model may lose the form of answers.
 *
 * @throws `invalid-option` naming the option; `unsupported` for a renderer without `answer`
 * @example
 * import { critiqueFineTuning, type CritiquedAnswer } from '@icrl/recipes'
 * import type { QuestionTask, Renderer } from '@icrl/core'
 * declare const renderer: Renderer, taught: ReadonlyMap<string, readonly CritiquedAnswer[]>
 * const recipe = critiqueFineTuning({
 *   renderer,
 *   examples: ({ id }: QuestionTask) => taught.get(id) ?? [],
 *   criticPrompt: ({ question }, answer) => [
 *     { role: 'user', content: `${question}\n${answer}\nCriticize this solution.` },
 *   ],
 * })
 */
export function critiqueFineTuning<T extends Task>(
  options: CritiqueFineTuningOptions<T>,
): Recipe<T> {
  const { renderer, examples, criticPrompt, ...tuning } = options
  const recipe = sft<T>({
    ...tuning,
    demonstrate: (task) =>
      examples(task).map(({ answer, critique }) =>
        writtenDemonstration(renderer, { messages: criticPrompt(task, answer), text: critique }),
      ),
  })
  return resizableTasks({ ...recipe, name: 'critique-fine-tuning' }, (tasks) =>
    critiqueFineTuning({ ...options, ...tasks }),
  )
}

/** Options of {@link critiqueGuidedDistillation}. */
export interface CritiqueGuidedDistillationOptions<T extends Task = Task> extends Omit<
  CritiqueFineTuningOptions<T>,
  'criticPrompt'
> {
  /** Asks for a refined answer. `under: 'question'` calls it without an example. */
  readonly prompt: (task: T, example?: CritiquedAnswer) => readonly Message[]
  /** What stands before the refined answer in training. @defaultValue `critique` */
  readonly under?: 'critique' | 'question'
}

/**
 * Critique-guided distillation, CGD (arXiv 2505.11628): the model learns the refined answer with
 * the first answer and its critique in sight; at test time it is asked the question alone `[abs]`:
 *
 *     L = −log π(ŷ | x, y₀, c)        y₀ its first answer, c a teacher's critique, ŷ the refined one
 *
 * With `under: 'question'` the same ids are learned under x `[ours]`: this shows whether the
 * critique is better left out in training, too.
 *
 * @throws `invalid-option` naming the option; `unsupported` for a renderer without `answer`
 * @example
 * import { critiqueGuidedDistillation, type CritiquedAnswer } from '@icrl/recipes'
 * import type { QuestionTask, Renderer } from '@icrl/core'
 * declare const renderer: Renderer, taught: ReadonlyMap<string, readonly CritiquedAnswer[]>
 * const recipe = critiqueGuidedDistillation({
 *   renderer,
 *   examples: ({ id }: QuestionTask) => taught.get(id) ?? [],
 *   prompt: ({ question }, example) => [
 *     {
 *       role: 'user',
 *       content: example ? `${question}\n${example.answer}\n${example.critique}` : question,
 *     },
 *   ],
 * })
 */
export function critiqueGuidedDistillation<T extends Task>(
  options: CritiqueGuidedDistillationOptions<T>,
): Recipe<T> {
  const { renderer, examples, prompt, under = 'critique', ...tuning } = options
  const shown = partNamed(
    'under',
    {
      critique: (example: CritiquedAnswer): CritiquedAnswer | undefined => example,
      question: () => undefined,
    },
    under,
  )
  const recipe = sft<T>({
    ...tuning,
    demonstrate: (task) =>
      examples(task).map((example) =>
        writtenDemonstration(renderer, {
          messages: prompt(task, shown(example)),
          text: example.refined,
        }),
      ),
  })
  const stored = { ...(recipe.options as object), under }
  return resizableTasks(
    { ...recipe, name: 'critique-guided-distillation', options: stored },
    (tasks) => critiqueGuidedDistillation({ ...options, ...tasks }),
  )
}
