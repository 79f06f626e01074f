import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { IcrlError } from '@icrl/core'
import { type MathProblem, parseMathProblem } from '@icrl/environments'
import { readMathProblems, readRows } from '@icrl/environments/node'
import { cloneCommand, inData } from './data-folder.ts'
import { fileNeed, type Need } from './needs.ts'
import { PUBLISHED } from './published-values.ts'

const SPLIT = ['critique-GRPO', 'openr1_math_4k_train_qwenformat'] as const
const CLONE = cloneCommand('zhangxy-2019/critique-GRPO')

/** A benchmark of the paper, and how often each of its problems is attempted. */
interface Benchmark {
  /** What the column `data_source` of Critique-GRPO's test file calls it. */
  readonly source: string
  /** Names of a file of its own, below `math`. */
  readonly files: readonly string[]
  readonly repeats: number
}

/** The five benchmarks of the paper's mathematics. */
export const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  math500: { source: 'math', files: ['math500.jsonl'], repeats: 1 },
  minerva: { source: 'minerva', files: ['minerva_math.jsonl', 'minerva.jsonl'], repeats: 1 },
  olympiadbench: {
    source: 'olympiad_bench',
    files: ['olympiadbench_oe_to_maths_en_comp.jsonl', 'olympiadbench.jsonl'],
    repeats: 1,
  },
  amc23: { source: 'amc', files: ['amc23.jsonl'], repeats: PUBLISHED.repeats.amc },
  aime24: { source: 'aime', files: ['aime24.jsonl'], repeats: PUBLISHED.repeats.aime24 },
}

/** The file to train on: `ICRL_MATH_TRAIN`, or the 4k problems of OpenR1-Math. */
function trainingFile(): string {
  return process.env.ICRL_MATH_TRAIN || inData(...SPLIT, 'train.parquet')
}

/** What a run of mathematics reads. */
export function mathNeeds(): Need[] {
  return [
    fileNeed(
      'problems to train on: 4k of OpenR1-Math, the split of Critique-GRPO',
      [trainingFile()],
      [CLONE, 'or others: ICRL_MATH_TRAIN=FILE, Parquet or JSONL'],
    ),
    ...Object.entries(BENCHMARKS).map(([name, benchmark]) =>
      fileNeed(`problems of ${name}`, candidates(benchmark), [CLONE]),
    ),
  ]
}

function candidates({ files }: Benchmark): string[] {
  return [...files.map((file) => inData('math', file)), inData(...SPLIT, 'test.parquet')]
}

/**
 * Problems to train on.
 *
 * @throws the errors of reading them
 */
export async function trainingProblems(): Promise<readonly MathProblem[]> {
  return readProblems(trainingFile())
}

/** Problems of a file in Parquet or JSONL, in a format that `parseMathProblem` recognizes. */
export async function readProblems(path: string): Promise<readonly MathProblem[]> {
  // MATH has a few rows without an answer.
  if (!path.endsWith('.parquet')) return readMathProblems(path, { onSkip: () => undefined })
  return (await sourcedProblems(path)).map(({ problem }) => problem)
}

/** A row of Critique-GRPO's files. */
interface SourcedProblem {
  readonly source: string
  readonly problem: MathProblem
}

async function sourcedProblems(path: string): Promise<SourcedProblem[]> {
  const problems: SourcedProblem[] = []
  for await (const { value, where, number } of readRows(path)) {
    const row = value as Record<string, unknown>
    const id = `${basename(path, '.parquet')}-${number - 1}`
    problems.push({ source: String(row.data_source), problem: parseMathProblem(row, id, where) })
  }
  return problems
}

/**
 * Problems of a benchmark: of its own file, or of Critique-GRPO's test file, whose copies of one
 * problem count once.
 *
 * @throws IcrlError `missing-file`, `corrupt-file`, `empty-tasks`
 */
export async function benchmarkProblems(name: string): Promise<readonly MathProblem[]> {
  const benchmark = BENCHMARKS[name]
  const paths = candidates(benchmark)
  const path = paths.find(existsSync) ?? paths[0]
  if (!path.endsWith('.parquet')) return readMathProblems(path)
  const own = (await sourcedProblems(path)).filter(({ source }) => source === benchmark.source)
  const found = new Map(own.map(({ problem }) => [problem.question, problem]))
  if (found.size > 0) return [...found.values()]
  throw new IcrlError(`${path}: no rows with the data_source "${benchmark.source}".`, {
    code: 'empty-tasks',
    remedy: `Give ${inData('math', benchmark.files[0])}.`,
  })
}
