import type { Message, QuestionTask, Task } from '@icrl/core'

/** Options of {@link solverPrompt}. */
export interface SolverPromptOptions<T extends Task = QuestionTask> {
  /** The system message: how to answer. Default: step by step, with the answer in `\boxed{}`. */
  readonly instructions?: string
  /** The task in words. Default: the question, else the id. */
  readonly describe?: (task: T) => string
}

const MATHEMATICS =
  'Solve the problem step by step. End with the final answer, and only it, inside \\boxed{}.'

/**
 * The solver's conversation, as a function of the task and, on a retry, of advice. Without advice
 * its whole section is left out, and nothing else differs, so that a guided attempt can be rebound
 * to the prompt without it.
 *
 * A retry starts from scratch: it shows neither the failed attempt nor earlier advice (ICRL, arXiv
 * 2605.15224, Algorithm 1).
 *
 * @example
 * import { solverPrompt } from '@icrl/critic'
 * const prompt = solverPrompt({ instructions: 'Answer with one word.' })
 * prompt(
 *   { id: 'q', question: 'Capital of France?', answer: 'Paris' },
 *   '- Think of the river Seine.',
 * )
 */
export function solverPrompt<T extends Task = QuestionTask>(
  options: SolverPromptOptions<T> = {},
): (task: T, guidance?: string) => Message[] {
  const { instructions = MATHEMATICS, describe = describeQuestion } = options
  return (task, guidance = '') => {
    const advice =
      guidance.trim() === ''
        ? ''
        : `\n\n## Advice from a review of an earlier try\n${guidance.trim()}`
    return [
      { role: 'system', content: instructions },
      { role: 'user', content: `## Task\n${describe(task).trim()}${advice}` },
    ]
  }
}

/** The question of a task that has one, else its id. */
export function describeQuestion(task: Task): string {
  return 'question' in task && typeof task.question === 'string' ? task.question : task.id
}
