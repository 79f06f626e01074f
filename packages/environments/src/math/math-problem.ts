import { IcrlError, type QuestionTask } from '@icrl/core'
import { plainNumber } from '../plain-number.ts'

/** A problem with its reference answer; `source` names the benchmark or generator. */
export interface MathProblem extends QuestionTask {
  /** Where it is from. */
  readonly source?: string
}

type Fields = Readonly<Record<string, unknown>>

function text(value: unknown): string | undefined {
  if (typeof value === 'number') return plainNumber(value)
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

/**
 * The content of the last `\boxed{…}` or `\fbox{…}` of a text; `\boxed 7` counts too. Undefined if
 * there is none or it does not close.
 */
export function lastBoxed(solution: string): string | undefined {
  const start = Math.max(solution.lastIndexOf('\\boxed'), solution.lastIndexOf('\\fbox'))
  if (start < 0) return undefined
  const [command] = /^\\(?:boxed|fbox)\s*/.exec(solution.slice(start))!
  const open = start + command.length
  if (solution[open] !== '{') return /^[^\s$]+/.exec(solution.slice(open))?.[0]
  let depth = 0
  for (let i = open; i < solution.length; i++) {
    if (solution[i] === '{') depth++
    if (solution[i] === '}' && --depth === 0) return solution.slice(open + 1, i)
  }
  return undefined
}

/** GSM8K: `{question, answer}` whose answer ends in `#### 72`. */
export function gsm8kAnswer(fields: Fields): string | undefined {
  const answer = text(fields.answer)
  const mark = answer?.lastIndexOf('####') ?? -1
  return mark < 0
    ? undefined
    : text(
        answer!
          .slice(mark + 4)
          .trim()
          .replaceAll(',', ''),
      )
}

/** OlympiadBench: `{question, final_answer: [...]}`; several answers are joined by commas. */
function olympiadAnswer({ final_answer: given }: Fields): string | undefined {
  return Array.isArray(given)
    ? text(
        given
          .map(text)
          .filter((answer) => answer !== undefined)
          .join(', '),
      )
    : text(given)
}

/** The last message of the user in a prompt, as chat datasets hold it. */
function lastUserMessage(prompt: unknown): string | undefined {
  if (!Array.isArray(prompt)) return text(prompt)
  const last = prompt.findLast(
    (message): message is { content: unknown } => message?.role === 'user',
  )
  return text(last?.content)
}

function rewardLabel({ reward_model: model }: Fields): string | undefined {
  return typeof model === 'object' && model !== null && 'ground_truth' in model
    ? text(model.ground_truth)
    : undefined
}

const suffix = /\s*Please reason step by step, and put your final answer within \\boxed\{\}\.\s*$/

/**
 * Reads a row of a benchmark as a problem. The format is recognized by its fields: GSM8K
 * (`question`, `answer` with `####`), MATH (`problem`, `solution` with a box), MATH-500, Minerva,
 * AMC, AIME (`problem`, `answer`), OlympiadBench (`question`, `final_answer`), and chat sets such
 * as those of DAPO and Critique-GRPO (`prompt`, `label` or `reward_model.ground_truth`; their
 * closing request for a box is cut off).
 *
 * @param where the row's place, for errors
 * @throws IcrlError `corrupt-file` if question or answer cannot be found
 * @example
 * parseMathProblem(
 *   { question: 'How many are 2 and 2?', answer: 'Two and two.\n#### 4' },
 *   'gsm8k-0',
 *   'gsm8k.jsonl, line 1',
 * ).answer // '4'
 */
export function parseMathProblem(row: unknown, id: string, where: string): MathProblem {
  const fields: Fields = typeof row === 'object' && row !== null ? (row as Fields) : {}
  const question = (
    text(fields.problem) ??
    text(fields.question) ??
    lastUserMessage(fields.prompt)
  )?.replace(suffix, '')
  const solution = text(fields.solution)
  const answer =
    gsm8kAnswer(fields) ??
    text(fields.answer) ??
    olympiadAnswer(fields) ??
    text(fields.label) ??
    rewardLabel(fields) ??
    (solution && lastBoxed(solution))
  if (question === undefined || answer === undefined) {
    throw new IcrlError(`${where}: no ${question === undefined ? 'question' : 'answer'}.`, {
      code: 'corrupt-file',
      remedy:
        'Give "problem", "question" or "prompt", and "answer", "final_answer", "label" or a "solution" with \\boxed{}; write large numbers as text.',
    })
  }
  return { id, question, answer }
}
