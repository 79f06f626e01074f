// Where a training step's and a sampling run's time goes, kernel by kernel: node … bench/where-time-goes.ts [model] [batch] [prompt] [fresh] [group]
import { setBackend } from '@tensorflow/tfjs-core'
import { registerNativeCpu } from '@icrl/tfjs-native'
import { createPolicy, forwardFlops, MODELS } from './src/models.ts'
import { profileKernels } from './src/profile-kernels.ts'
import { sampleBatch, trainItems, trainStep } from './src/workload.ts'

const [name = 'quickstart', ...numbers] = process.argv.slice(2)
const [batch = 128, prompt = 12, fresh = 8, group = 8] = numbers.map(Number)
const config = MODELS[name as keyof typeof MODELS]
const workload = { batch, prompt, fresh, group }
console.log(registerNativeCpu(), workload)
await setBackend('native-cpu')
await using policy = createPolicy(config, { packTokens: 8192 })

async function report(what: string, runs: number, flops: number, run: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < (runs > 2 ? 20 : 1); i++) await run()
  const times: number[] = []
  const before = process.cpuUsage()
  for (let i = 0; i < runs; i++) {
    const start = performance.now()
    await run()
    times.push(performance.now() - start)
  }
  const { user, system } = process.cpuUsage(before)
  times.sort((a, b) => a - b)
  const { kernels, total } = await profileKernels(async () => {
    for (let i = 0; i < runs; i++) await run()
  })
  const best = times[0]
  console.log(`\n${what}: median ${times[runs >> 1].toFixed(2)} ms, best ${best.toFixed(2)} ms, processor ${((user + system) / 1000 / runs).toFixed(2)} ms, ${(flops / best / 1e6).toFixed(1)} GFLOP/s at best`)
  const native = kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  const row = (label: string, calls: number, milliseconds: number): string =>
    `  ${label.padEnd(24)} ${(calls / runs).toFixed(0).padStart(6)} calls ${(milliseconds / runs).toFixed(3).padStart(9)} ms ${((100 * milliseconds) / total).toFixed(1).padStart(5)} %`
  for (const { name: kernel, calls, milliseconds } of kernels) console.log(row(kernel, calls, milliseconds))
  console.log(row('JavaScript', 0, total - native))
}

const runs = { quickstart: 40, a: 10, b: 3, c: 1 }[name] ?? 10
const length = prompt + fresh
const items = trainItems(policy, workload)
const distinct = batch * fresh + (batch / group) * prompt
await report('training step', runs, 3 * distinct * forwardFlops(config, length), () => trainStep(policy, items))
await report('sampling', Math.min(runs, 30), distinct * forwardFlops(config, length), () => sampleBatch(policy, workload))
