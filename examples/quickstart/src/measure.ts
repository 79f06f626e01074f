/**
 * Learning curves of a task's arms over seeds, one line a run: held-out accuracy at round numbers of sampled tokens, its mean while
 * learning (area under the curve), and how often first attempts guess a place.
 *
 *     npx tsx --conditions=@icrl/source examples/quickstart/src/measure.ts --task triple --seeds 3
 */
import { parseArgs } from 'node:util'
import { areaUnderCurve, valueAt } from '@icrl/report'
import { measureArm, TASK_ARMS, type MeasuredArm } from './measure-arm.ts'

const { values } = parseArgs({
  options: {
    task: { type: 'string', default: 'triple' },
    arms: { type: 'string' },
    seeds: { type: 'string', default: '3' },
    tokens: { type: 'string', default: '240000' },
    rate: { type: 'string' },
  },
})
const tokens = Number(values.tokens)
const places = [0, 20_000, 40_000, 60_000, 100_000, 160_000, 200_000, 240_000].filter((place) => place <= tokens)

function row(name: string, curve: MeasuredArm): string {
  const accuracies = places.map((place) => valueAt(curve, place).toFixed(3))
  return [name.padEnd(18), ...accuracies, `area ${areaUnderCurve(curve, tokens).toFixed(3)}`, `guesses ${(curve.guesses.at(-1) ?? 0).toFixed(3)}`, `w̄ ${curve.weightMean?.toFixed(2) ?? '–'}`, `${curve.seconds.toFixed(0)} s`].join('  ')
}

console.log(`${values.task}, held-out accuracy at sampled tokens ${places.join(', ')}`)
for (const arm of values.arms?.split(',') ?? TASK_ARMS[values.task] ?? []) {
  for (let seed = 0; seed < Number(values.seeds); seed++) {
    console.log(row(`${arm} ${seed}`, await measureArm({ task: values.task, arm, seed, tokens, ...(values.rate && { learningRate: Number(values.rate) }) })))
  }
}
