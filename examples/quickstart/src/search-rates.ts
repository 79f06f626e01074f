/**
 * The same learning-rate search for every arm of a task: four rates, two seeds that no comparison uses, the best by mean area under
 * the curve of held-out accuracy. Prints each run and each arm's best, and writes them as JSON.
 *
 *     npx tsx --conditions=@icrl/source examples/quickstart/src/search-rates.ts --task chain --out rates-chain.json
 *     npx tsx --conditions=@icrl/source examples/quickstart/src/search-rates.ts --task triple --tokens 240000 --out rates-triple.json
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { IcrlError } from '@icrl/core'
import { areaUnderCurve } from '@icrl/report'
import { bestRate, type SearchedRate } from './best-rate.ts'
import { measureArm, TASK_ARMS } from './measure-arm.ts'

const RATES = [1e-4, 3e-4, 6e-4, 1e-3]
/** Comparisons count their seeds from 0. */
const SEARCH_SEEDS = [100, 101]
const TOKENS: Readonly<Record<string, number>> = { chain: 60_000, triple: 240_000, leak: 240_000 }

const { values } = parseArgs({ options: { task: { type: 'string', default: 'chain' }, arms: { type: 'string' }, tokens: { type: 'string' }, out: { type: 'string' } } })
const { task } = values
const arms = values.arms?.split(',') ?? TASK_ARMS[task]
if (!arms) throw new IcrlError(`search: there is no task "${task}".`, { code: 'invalid-option', remedy: `Say one of ${Object.keys(TASK_ARMS).join(', ')}.` })
const tokens = Number(values.tokens ?? TOKENS[task])

console.log(`${task}, ${tokens} sampled tokens: mean held-out accuracy while learning (area under the curve), and at the end`)
const searched: SearchedRate[] = []
for (const arm of arms) {
  for (const learningRate of RATES) {
    for (const seed of SEARCH_SEEDS) {
      const curve = await measureArm({ task, arm, seed, tokens, learningRate })
      const run = { arm, learningRate, seed, area: areaUnderCurve(curve, tokens), last: curve.values.at(-1) ?? 0, curve: { tokens: curve.tokens, values: curve.values } }
      searched.push(run)
      console.log([arm.padEnd(15), learningRate.toExponential(0), `seed ${seed}`, `area ${run.area.toFixed(3)}`, `last ${run.last.toFixed(3)}`].join('  '))
    }
  }
}
const best = Object.fromEntries(arms.map((arm) => [arm, bestRate(searched.filter((run) => run.arm === arm))]))
for (const [arm, { learningRate, area }] of Object.entries(best)) console.log(`best of ${arm.padEnd(15)} ${learningRate.toExponential(0)}  mean area ${area.toFixed(3)}`)
if (values.out) await writeFile(values.out, `${JSON.stringify({ task, tokens, rates: RATES, seeds: SEARCH_SEEDS, best, runs: searched }, null, 1)}\n`)
