import { basename } from 'node:path'
import { IcrlError, isIcrlError } from '@icrl/core'
import { parseMathProblem, type MathProblem } from '../math/math-problem.ts'
import { readJsonLines } from './read-json-lines.ts'

/**
 * Problems of a benchmark file with one JSON object per line (`.jsonl`, `.jsonl.gz`): GSM8K, MATH,
 * MATH-500, Minerva, OlympiadBench, AMC, AIME, DAPO and the like; see `parseMathProblem`. Ids are
 * the file's name and the row, from 0: `math500-17`.
 *
 * @param options.onSkip called for each row without question or answer, which is then left out
 * (MATH's training set has four); default: such a row throws
 * @throws IcrlError `missing-file`, `corrupt-file` with the line, `empty-tasks` if there is no
 * problem
 * @example
 * import { listedProblems } from '@icrl/environments'
 *
 * const problems = listedProblems({
 *   train: await readMathProblems('gsm8k_train.jsonl'),
 *   test: await readMathProblems('gsm8k_test.jsonl'),
 * })
 */
export async function readMathProblems(
  path: string,
  options: { readonly onSkip?: (error: IcrlError) => void } = {},
): Promise<MathProblem[]> {
  const source = basename(path).replace(/\.jsonl(\.gz)?$/, '')
  const problems: MathProblem[] = []
  let row = -1
  for await (const { value, where } of readJsonLines(path)) {
    row++
    try {
      problems.push({ ...parseMathProblem(value, `${source}-${row}`, where), source })
    } catch (error) {
      if (!options.onSkip || !isIcrlError(error, 'corrupt-file')) throw error
      options.onSkip(error)
    }
  }
  if (problems.length === 0)
    throw new IcrlError(`${path}: no problems.`, {
      code: 'empty-tasks',
      remedy: 'Give a file with one problem per line.',
    })
  return problems
}
