import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

/** Benchmark data in the folder that `ICRL_SHARED` names; not in the repository. */
const ROOT = join(
  process.env.ICRL_SHARED ?? join(dirname(fileURLToPath(import.meta.url)), '../../../../shared'),
  'data',
)

export const hasSharedData: boolean = existsSync(join(ROOT, 'math')) && existsSync(join(ROOT, 'qa'))

/** A JSON file of the data. */
export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as T
}

/** A JSON-lines file of the data, gzipped or not. */
export function readLines<T>(path: string): T[] {
  const bytes = readFileSync(join(ROOT, path))
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T)
}

/** One of `math_pairs.jsonl.gz`. */
export interface MathPair {
  readonly id: string
  readonly benchmark: string
  readonly type: string
  readonly category: string
  readonly kind: string
  readonly gold: string
  readonly pred: string
  readonly intended: boolean | null
  readonly strict: boolean
}

/** Benchmark files with gold answers. */
export const BENCHMARKS = [
  'gsm8k_test',
  'math_test_5000',
  'math500',
  'minerva_math',
  'olympiadbench_oe_to_maths_en_comp',
  'amc23',
  'amc_aimo83',
  'aime24',
  'aime25',
  'aime_1983_2023',
] as const

/** The distinct gold answers of a benchmark file, in its order. */
export function goldAnswers(benchmark: (typeof BENCHMARKS)[number]): string[] {
  const answers = readLines<{ answer: string | number }>(`math/${benchmark}.jsonl`).map(
    ({ answer }) => String(answer).split('####').at(-1)?.trim() ?? '',
  )
  return [...new Set(answers)].filter((answer) => answer !== '')
}
