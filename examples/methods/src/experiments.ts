/**
 * The experiments behind docs/methods.md. Each run is stored as it ends, so that a second call goes
 * on where the first was stopped.
 *
 *     npx tsx --conditions=@icrl/source examples/methods/src/experiments.ts               # all rows
 *     npx tsx --conditions=@icrl/source examples/methods/src/experiments.ts score brpo    # these
 *     npx tsx --conditions=@icrl/source examples/methods/src/experiments.ts --search score   # learning rates first
 */
import { parseArgs } from 'node:util'
import { selectBackend } from '@icrl/backbone'
import { IcrlError } from '@icrl/core'
import { currentCommit, unknownExperiment } from '@icrl/example-experiments'
import { RATES, SEARCH_SEED, SEEDS, type MethodExperiment } from './method-experiment.ts'
import { ROWS } from './rows/index.ts'
import { runArm, type ArmResult, type RunArmOptions } from './run-arm.ts'
import { readResults, RESULTS, resultsFile, searchedRate, storeResult } from './stored-results.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { search: { type: 'boolean', default: false } },
})
const unknown = positionals.find((name) => !ROWS.some((row) => row.name === name))
if (unknown !== undefined)
  throw unknownExperiment(
    unknown,
    ROWS.map(({ name }) => name),
  )
await selectBackend('auto')
const commit = currentCommit(RESULTS)
for (const row of ROWS) {
  if (positionals.length > 0 && !positionals.includes(row.name)) continue
  if (values.search) await search(row)
  await compare(row)
}

/** Every arm at every rate, with a seed that no comparison has. */
async function search(row: MethodExperiment): Promise<void> {
  const file = resultsFile(row.name, 'search')
  const stored = await readResults(file)
  for (const learningRate of row.rates ?? RATES)
    for (const arm of Object.keys(row.arms))
      stored.push(await once(row, file, stored, { arm, seed: SEARCH_SEED, learningRate }))
}

/** Every arm and seed, at the rate that its search found. */
async function compare(row: MethodExperiment): Promise<void> {
  const searched = await readResults(resultsFile(row.name, 'search'))
  const file = resultsFile(row.name, 'runs')
  const stored = await readResults(file)
  for (const seed of SEEDS)
    for (const arm of Object.keys(row.arms)) {
      const learningRate = searchedRate(row, arm, searched)
      if (learningRate === undefined)
        throw new IcrlError(`${row.name}: no search has found a learning rate for "${arm}".`, {
          code: 'invalid-option',
          remedy: 'Run it with --search.',
        })
      stored.push(await once(row, file, stored, { arm, seed, learningRate }))
    }
}

/** The stored run, or a new one, which is stored. */
async function once(
  row: MethodExperiment,
  file: string,
  stored: readonly ArmResult[],
  wanted: Omit<RunArmOptions, 'tokens'>,
): Promise<ArmResult> {
  const same = (run: ArmResult, arm: string): boolean =>
    run.arm === arm && run.seed === wanted.seed && run.learningRate === wanted.learningRate
  const found = stored.find((run) => same(run, wanted.arm))
  if (found) return found
  const [first] = Object.keys(row.arms)
  const tokens =
    wanted.arm === first
      ? Infinity
      : stored.find((run) => run.arm === first && run.seed === wanted.seed)!.tokens
  const result = { ...(await runArm(row, { ...wanted, tokens })), ...(commit && { commit }) }
  await storeResult(file, result)
  console.log(
    [
      row.name.padEnd(22),
      wanted.arm.padEnd(24),
      wanted.learningRate.toExponential(0),
      `seed ${wanted.seed}`,
      `${result.tokens} tokens`,
      ...row.figures.map(({ name }) => `${name} ${result.figures[name]?.toFixed(3)}`),
      `${result.seconds.toFixed(0)} s`,
    ].join('  '),
  )
  return result
}
