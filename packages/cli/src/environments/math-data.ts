import { arithmetic, listedProblems, type ProblemSource } from '@icrl/environments'
import { readMathProblems } from '@icrl/environments/node'
import type { EnvironmentData } from './environment-data.ts'

/** The problems the data names, or generated arithmetic. */
export async function problemsIn({
  problems,
  testProblems,
}: EnvironmentData): Promise<ProblemSource> {
  if (problems === undefined && testProblems === undefined) return arithmetic()
  const read = async (path: string | undefined): ReturnType<typeof readMathProblems> =>
    path === undefined ? [] : readMathProblems(path)
  return listedProblems({ train: await read(problems), test: await read(testProblems) })
}
