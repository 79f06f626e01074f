// Where a training step's and a sampling run's time goes, kernel by kernel: node
// --conditions=@icrl/source --import tsx bench/where-time-goes.ts [model] [batch] [prompt] [fresh]
// [group] [runs] [rank]. With a rank, an adapter learns in place of the weights. The benchmark's own
// table is `npm run bench -- --only where`.
import { setBackend } from '@tensorflow/tfjs-core'
import { secondsOf } from './src/clock.ts'
import { median } from './src/interleave.ts'
import { measureMachine } from './src/measure-machine.ts'
import { createPolicy, type ModelName, MODELS } from './src/models.ts'
import { percent } from './src/print-row.ts'
import { limitOf } from './src/row.ts'
import { timeByKernel } from './src/time-by-kernel.ts'
import { sampleBatch, trainItems, trainStep } from './src/workload.ts'

const [name = 'quickstart', ...numbers] = process.argv.slice(2)
const [batch = 128, prompt = 12, fresh = 8, group = 8, runs = 5, rank = 0] = numbers.map(Number)
const config = MODELS[name as ModelName]
const workload = { batch, prompt, fresh, group }
const machine = measureMachine(0.5)
console.log(machine, workload)
await setBackend('native-cpu')
await using policy = createPolicy(config, {
  packTokens: 8192,
  ...(rank > 0 && { adapter: { rank } }),
})

async function report(what: string, run: () => Promise<unknown>): Promise<void> {
  await run()
  const times: number[] = []
  for (let i = 0; i < runs; i++) times.push(await secondsOf(run))
  console.log(
    `\n${what}: median ${(1000 * median(times)).toFixed(2)} ms, best ${(1000 * Math.min(...times)).toFixed(2)} ms`,
  )
  const rows = (batch / group) * prompt + batch * (fresh - 1)
  const pairs =
    ((batch / group) * prompt * (prompt + 1)) / 2 + batch * (fresh - 1) * (prompt + fresh / 2)
  for (const { kernel, calls, milliseconds, part, work } of await timeByKernel(
    config,
    { rows, scored: batch * fresh, pairs },
    runs,
    run,
  )) {
    const rate =
      work === undefined || what === 'sampling'
        ? ''
        : `${(work.perSecond / 1e9).toFixed(1)} ${work.limit === 'memory' ? 'GB/s' : 'GFLOP/s'}, ${percent(work.perSecond / limitOf(work, machine))} of the limit`
    console.log(
      `  ${kernel.padEnd(24)} ${calls.toFixed(0).padStart(6)} calls ${milliseconds.toFixed(3).padStart(10)} ms ${percent(part).padStart(6)}  ${rate}`,
    )
  }
}

const items = trainItems(policy, workload)
await report('training step', () => trainStep(policy, items))
await report('sampling', () => sampleBatch(policy, workload))
