import type { Task, TextGenerator } from '@icrl/core'
import { evaluateOn, type Benchmark, type Speaker, type Table } from '@icrl/evaluators'
import type { Arm } from '../method-experiment.ts'

/** Options of {@link benchmarkArms}. */
export interface BenchmarkArmsOptions<I extends Task> {
  readonly benchmark: Benchmark<I>
  readonly items: readonly I[]
  /** Who answers: scripts, which draw from the seed that they are given. */
  readonly roles: Readonly<Record<string, TextGenerator>>
}

/**
 * Arms of which nothing learns: each has the figures of one condition in a benchmark's own table,
 * which is made once for each seed.
 */
export function benchmarkArms<I extends Task>({
  benchmark,
  items,
  roles,
}: BenchmarkArmsOptions<I>): (condition?: string) => Arm {
  const speakers = Object.fromEntries(
    Object.entries(roles).map(([role, by]): [string, Speaker] => [
      role,
      { by, sampling: { maxTokens: 64, temperature: 1 } },
    ]),
  )
  const tables = new Map<number, Promise<Table>>()
  const tableOf = (seed: number): Promise<Table> => {
    const made =
      tables.get(seed) ?? evaluateOn(benchmark, { items, roles: speakers, seed, resamples: 0 })
    tables.set(seed, made)
    return made
  }
  return (condition = benchmark.name) =>
    async ({ lab: { seed } }) => {
      const { columns, rows } = await tableOf(seed)
      const row = rows.find(([name]) => name === condition)!
      return Object.fromEntries(
        columns.flatMap((name, i) => {
          const cell = row[i]
          return typeof cell === 'number' ? [[name, cell]] : []
        }),
      )
    }
}
