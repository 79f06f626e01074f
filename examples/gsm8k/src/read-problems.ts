import { IcrlError, type QuestionTask } from '@icrl/core'
import { readTasks } from 'icrl'

/** A GSM8K problem; `answer` is the number after `####` in its solution. */
export interface Problem extends QuestionTask {
  readonly solution: string
  /** Calculation steps of the solution: its `<<48/2=24>>` annotations. */
  readonly calculations: number
}

/**
 * Problems of a GSM8K file whose solutions take 1 to `maxCalculations` steps. The few solutions
 * without any annotation are left out: how many steps they take cannot be counted. Ids are line
 * numbers, `gsm8k-17`.
 *
 * @throws IcrlError `missing-file`; `corrupt-file` naming the line; `empty-tasks` if no problem is
 * short enough
 */
export async function readProblems(file: string, maxCalculations: number): Promise<Problem[]> {
  const problems = await readTasks(file, parseProblem)
  const short = problems.filter(
    ({ calculations }) => calculations > 0 && calculations <= maxCalculations,
  )
  if (short.length > 0) return short
  throw new IcrlError(
    `${file}: none of ${problems.length} problems is solved in 1 to ${maxCalculations} calculations.`,
    {
      code: 'empty-tasks',
      remedy: 'Raise --calculations, or give a GSM8K file whose solutions carry <<…>> annotations.',
    },
  )
}

function parseProblem(
  { question, answer: solution }: Readonly<Record<string, unknown>>,
  line: number,
): Problem {
  if (typeof question !== 'string' || question.trim() === '')
    throw new Error('it has no "question"')
  if (typeof solution !== 'string') throw new Error('it has no "answer"')
  const mark = solution.lastIndexOf('####')
  const answer = solution
    .slice(mark + 4)
    .trim()
    .replaceAll(',', '')
  if (mark < 0 || answer === '') throw new Error('its "answer" does not end in "#### NUMBER"')
  return {
    id: `gsm8k-${line}`,
    question,
    answer,
    solution,
    calculations: solution.split('<<').length - 1,
  }
}
