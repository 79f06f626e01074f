import type { Attempt, Message, QuestionTask, Task } from '@icrl/core'
import { describeQuestion } from './solver-prompt.ts'

/** A question and its right answer, as a small model is shown them. */
export interface Exchange {
  /** What was asked. */
  readonly question: string
  /** What was answered. */
  readonly answer: string
}

const ARROW = '=>'

/**
 * An exchange as one line, `question => answer`: the form {@link parseExchange} reads.
 *
 * @example
 * import { exchangeLine } from '@icrl/critic'
 * exchangeLine({ question: 'March 4, 1987', answer: '1987-03-04' }) // 'March 4, 1987 => 1987-03-04'
 */
export function exchangeLine({ question, answer }: Exchange): string {
  return `${question.trim()} ${ARROW} ${answer.trim()}`
}

/**
 * Reads a critique that is an example: the first line, `question => answer`. What has no arrow, or
 * nothing on either side of it, is invalid, and its critique empty: the retry is a plain one.
 *
 * @example
 * import { parseExchange } from '@icrl/critic'
 * parseExchange('March 4, 1987 => 1987-03-04') // { critique: 'March 4, 1987 => 1987-03-04', valid: true }
 */
export function parseExchange(text: string): {
  readonly critique: string
  readonly valid: boolean
} {
  const found = exchangeIn(text)
  return found ? { critique: exchangeLine(found), valid: true } : { critique: '', valid: false }
}

function exchangeIn(text: string): Exchange | undefined {
  const line = text.trim().split('\n', 1)[0]
  const at = line.indexOf(ARROW)
  if (at < 0) return undefined
  const [question, answer] = [line.slice(0, at).trim(), line.slice(at + ARROW.length).trim()]
  return question === '' || answer === '' ? undefined : { question, answer }
}

/**
 * Shows guidance of the form `question => answer` as an exchange of the conversation, right before
 * the question: a model of some hundred million parameters follows an example where it does not
 * follow advice in words. Other guidance leaves the conversation as it is.
 *
 * For the option `advise` of `solverPrompt`.
 *
 * @param messages the conversation without guidance; its last message is the question
 * @example
 * import { adviseByExchange, solverPrompt } from '@icrl/critic'
 * const prompt = solverPrompt({ instructions: 'Write the date.', advise: adviseByExchange })
 * prompt({ id: 'd', question: 'May 2, 1954', answer: '1954-05-02' }, 'March 4, 1987 => 1987-03-04')
 */
export function adviseByExchange(messages: readonly Message[], guidance: string): Message[] {
  const found = exchangeIn(guidance)
  if (!found) return [...messages]
  return [
    ...messages.slice(0, -1),
    { role: 'user', content: found.question },
    { role: 'assistant', content: found.answer },
    messages[messages.length - 1],
  ]
}

/** Options of {@link exchangeCriticPrompt}. */
export interface ExchangeCriticOptions<T extends Task = QuestionTask> {
  /**
   * The system message: what the critic is to do.
   *
   * @defaultValue asks for an example with its right answer
   */
  readonly instructions?: string
  /**
   * What a checker says of the attempt: what a critic of this size cannot find out itself. It must
   * not say the task's answer.
   */
  readonly feedback: (task: T, attempt: Attempt) => string
  /**
   * The exchange that shows the form: a question, what the checker said there, and the critique that
   * was wanted.
   */
  readonly shown: {
    readonly question: string
    readonly feedback: string
    readonly critique: Exchange
  }
  /** The task in words. @defaultValue the question, else the id */
  readonly describe?: (task: T) => string
  /**
   * The attempt in words. Without it all failed attempts at a task have one critic prompt, which is
   * computed once.
   *
   * @defaultValue none, it is left out
   */
  readonly summarize?: (attempt: Attempt) => string
}

/**
 * A critic's conversation for small models, who write no list of tips: one line of instructions, an
 * exchange that shows the form, the question, and what a checker said. The critique is an example,
 * `question => answer`, that {@link parseExchange} reads and {@link adviseByExchange} shows.
 *
 * @example
 * import { exchangeCriticPrompt } from '@icrl/critic'
 * const prompt = exchangeCriticPrompt({
 *   feedback: () => 'wrong. A right one: March 4, 1987 => 1987-03-04',
 *   shown: {
 *     question: 'June 9, 2001',
 *     feedback: 'wrong. A right one: April 1, 1990 => 1990-04-01',
 *     critique: { question: 'April 1, 1990', answer: '1990-04-01' },
 *   },
 * })
 */
export function exchangeCriticPrompt<T extends Task = QuestionTask>({
  instructions = `Give an example with its right answer, as: question ${ARROW} answer`,
  feedback,
  shown,
  describe = describeQuestion,
  summarize,
}: ExchangeCriticOptions<T>): (task: T, attempt: Attempt) => Message[] {
  const asked = (question: string, said: string, tried?: string): string =>
    [
      `Question: ${question}`,
      ...(tried === undefined ? [] : [`Answer: ${tried}`]),
      `Checker: ${said}`,
    ].join('\n')
  return (task, attempt) => [
    { role: 'system', content: instructions },
    {
      role: 'user',
      content: asked(shown.question, shown.feedback, summarize && 'I do not know.'),
    },
    { role: 'assistant', content: exchangeLine(shown.critique) },
    {
      role: 'user',
      content: asked(describe(task), feedback(task, attempt), summarize?.(attempt)),
    },
  ]
}
