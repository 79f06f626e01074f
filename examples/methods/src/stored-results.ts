import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bestRate } from '@icrl/example-experiments'
import { RATES, SEARCH_SEED, type MethodExperiment } from './method-experiment.ts'
import type { ArmResult } from './run-arm.ts'

/** Where results are committed. */
export const RESULTS: string = fileURLToPath(new URL('../results', import.meta.url))

/** The file of an experiment's runs, or of its search for learning rates. */
export function resultsFile(name: string, what: 'runs' | 'search'): string {
  return join(RESULTS, what === 'runs' ? `${name}.jsonl` : `search/${name}.jsonl`)
}

/** What was stored; nothing if nothing was. */
export async function readResults(file: string): Promise<ArmResult[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

/** Stores one run, its figures to four digits. */
export async function storeResult(file: string, result: ArmResult): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const figures = Object.fromEntries(
    Object.entries(result.figures).map(([name, value]) => [name, Number(value.toFixed(4))]),
  )
  const stored = { ...result, figures, seconds: Number(result.seconds.toFixed(1)) }
  await appendFile(file, `${JSON.stringify(stored)}\n`)
}

/** The rate that the search found for an arm; undefined while it has not tried all of them. */
export function searchedRate(
  { figures: [figure], rates = RATES }: Pick<MethodExperiment, 'figures' | 'rates'>,
  arm: string,
  search: readonly ArmResult[],
): number | undefined {
  if (rates.length === 0) return 0
  const tried = search.filter((run) => run.arm === arm && run.seed === SEARCH_SEED)
  if (rates.some((rate) => !tried.some(({ learningRate }) => learningRate === rate)))
    return undefined
  return bestRate(
    tried.map(({ learningRate, figures }) => ({
      learningRate,
      area: (figure.isCost ? -1 : 1) * figures[figure.name],
    })),
  ).learningRate
}
