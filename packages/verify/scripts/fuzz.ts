// The long fuzz run: node --conditions=@icrl/source --import tsx packages/verify/scripts/fuzz.ts
// [runs, default 200000] [seed]
import fc from 'fast-check'
import { verifyMath } from '../src/verify-math.ts'
import { expression, soup } from '../test/fuzz.ts'

const runs = Number(process.argv[2] ?? 200_000)
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31)
let slowest = { milliseconds: 0, prediction: '', gold: '' }

/** A verdict, timed in processor time. */
function judge(prediction: string, gold: string): boolean {
  const start = process.cpuUsage()
  const { correct } = verifyMath(prediction, gold)
  const { user, system } = process.cpuUsage(start)
  const milliseconds = (user + system) / 1000
  if (milliseconds > slowest.milliseconds) slowest = { milliseconds, prediction, gold }
  return correct
}

console.log(`${runs} runs of each property, seed ${seed}`)
fc.assert(
  fc.property(
    soup,
    soup,
    (prediction, gold) => judge(prediction, gold) === judge(prediction, gold),
  ),
  { numRuns: runs, seed },
)
fc.assert(
  fc.property(
    expression,
    expression,
    (a, b) =>
      judge(`\\boxed{${a}}`, b) === judge(`\\boxed{${b}}`, a) && !judge(`\\boxed{${a}+1}`, a),
  ),
  { numRuns: Math.ceil(runs / 20), seed },
)
console.log(
  `no failure; slowest ${slowest.milliseconds.toFixed(1)} ms of processor time: ${JSON.stringify(slowest.prediction)} for ${JSON.stringify(slowest.gold)}`,
)
