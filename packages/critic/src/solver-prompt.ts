import { type Message, type QuestionTask, type Task, textOf } from '@icrl/core'

/** Options of {@link solverPrompt}. */
export interface SolverPromptOptions<T extends Task = QuestionTask> {
  /**
   * The system message: how to answer.
   *
   * @defaultValue step by step, with the answer in `\boxed{}`
   */
  readonly instructions?: string
  /** The task in words. @defaultValue the question, else the id */
  readonly describe?: (task: T) => string
  /**
   * Puts advice into the conversation without it; called only with advice that has words.
   * `adviseByExchange` suits small models.
   *
   * @defaultValue a section of its own at the end
   */
  readonly advise?: (messages: readonly Message[], guidance: string) => Message[]
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
  const {
    instructions = MATHEMATICS,
    describe = describeQuestion,
    advise = adviseBySection,
  } = options
  return (task, guidance = '') => {
    const messages: Message[] = [
      { role: 'system', content: instructions },
      { role: 'user', content: `## Task\n${describe(task).trim()}` },
    ]
    return guidance.trim() === '' ? messages : advise(messages, guidance.trim())
  }
}

function adviseBySection(messages: readonly Message[], guidance: string): Message[] {
  const question = messages[messages.length - 1]
  const advice = `\n\n## Advice from a review of an earlier try\n${guidance}`
  return [...messages.slice(0, -1), { ...question, content: `${textOf(question)}${advice}` }]
}

/** The question of a task that has one, else its id. */
export function describeQuestion(task: Task): string {
  return 'question' in task && typeof task.question === 'string' ? task.question : task.id
}
