// Training steps and sampling on a GPU's addon at the shapes of Qwen3, with weights that are noise:
// the addon's file, the code of its kernels (or the model's schedule: then a tiny model, for a
// rehearsal, and no figure means anything). Prints tokens per second, and the memory beside its
// plan.
import { createRequire } from 'node:module'
import { randomStream } from '@icrl/core'
import { setBackend, tensor, tensor2d, variable } from '@tensorflow/tfjs-core'
import { toBf16, toSplit } from '@icrl/tfjs-ops'
import { type ModelConfig, parseModelConfig } from '../../packages/backbone/src/config.ts'
import { LocalPolicy, type LocalPolicyOptions } from '../../packages/backbone/src/local-policy.ts'
import { parameterShapes } from '../../packages/backbone/src/parameter-shapes.ts'
import { planMemory } from '../../packages/backbone/src/plan-memory.ts'
import type { Weight } from '../../packages/backbone/src/weight-storage.ts'
import { accumulate, slopedItem } from '../../packages/backbone/test/sloped.ts'
import type { GpuAddon } from '../../packages/tfjs-native/src/addon.ts'
import { openCuda } from '../../packages/tfjs-native/src/register-native-cuda.ts'

const [file, code] = process.argv.slice(2)
const addon = createRequire(import.meta.url)(file) as GpuAddon
const { name, architecture } = openCuda(addon, 0, code)
const isModel = architecture === 'shim'
await setBackend('native-cuda-bf16')

const qwen3 = (hidden: number, feedForward: number, heads: number, blocks: number): ModelConfig =>
  parseModelConfig({
    model_type: 'qwen3',
    architectures: ['Qwen3ForCausalLM'],
    hidden_size: isModel ? 32 : hidden,
    intermediate_size: isModel ? 48 : feedForward,
    num_hidden_layers: isModel ? 2 : blocks,
    num_attention_heads: isModel ? 4 : heads,
    num_key_value_heads: isModel ? 2 : 8,
    head_dim: isModel ? 8 : 128,
    vocab_size: isModel ? 64 : 151_936,
    max_position_embeddings: 40_960,
    tie_word_embeddings: true,
    rms_norm_eps: 1e-6,
  })
const MODELS: Readonly<Record<string, ModelConfig>> = {
  'Qwen3-0.6B': qwen3(1024, 3072, 16, 28),
  'Qwen3-4B, 6 of its 36 blocks': qwen3(2560, 9728, 32, 6),
}
const MODES: Readonly<Record<string, LocalPolicyOptions>> = {
  full: { optimizer: { moments: 'bf16' } },
  'LoRA, rank 32': { adapter: { rank: isModel ? 2 : 32 } },
}
/** Sequences of a training step, half of each a prompt; then those that are sampled at once. */
const [TRAINED, LENGTH, SAMPLED, ANSWER] = isModel ? [2, 16, 2, 4] : [16, 1024, 128, 128]

/** Noise of the size that training begins with: the same numbers over and over. */
const noise = Float32Array.from({ length: 1 << 20 }, (_, i) => 0.02 * Math.sin(i * i))

/** Matrices in bf16, with masters if they learn. */
function weightsOf(config: ModelConfig, learn: boolean): Map<string, Weight> {
  const weights = new Map<string, Weight>()
  for (const [parameter, shape] of parameterShapes(config)) {
    const values = new Float32Array(shape.reduce((size, length) => size * length, 1))
    if (shape.length === 1) {
      weights.set(parameter, variable(tensor(values.fill(1), shape)))
      continue
    }
    for (let at = 0; at < values.length; at += noise.length)
      values.set(noise.subarray(0, values.length - at), at)
    const matrix = tensor2d(values, shape as [number, number])
    weights.set(parameter, learn ? toSplit(matrix) : toBf16(matrix))
    matrix.dispose()
  }
  return weights
}

const items = Array.from({ length: TRAINED }, (_, n) => {
  const half = LENGTH / 2
  const idsFrom = (start: number): Int32Array =>
    Int32Array.from({ length: half }, (_, i) => (start + n * 7 + i) % 60)
  return slopedItem(idsFrom(1), idsFrom(3), new Float32Array(half).fill(1e-3))
})

async function secondsOf(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await run()
  return (performance.now() - start) / 1000
}

const say = (what: string, figure: string): void => console.log(`${what.padEnd(56)} ${figure}`)
const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`

async function measure(model: string, mode: string): Promise<void> {
  const config = MODELS[model]
  const options: LocalPolicyOptions = {
    ...MODES[mode],
    keep: 'attention',
    packTokens: TRAINED * LENGTH,
    maxConcurrency: SAMPLED,
  }
  const weights = weightsOf(config, options.adapter === undefined)
  await using policy = new LocalPolicy(config, weights, options)
  let peak = 0
  const step = async (): Promise<void> => {
    await accumulate(policy, items)
    peak = (await policy.step({ learningRate: 1e-6 })).peakBytes ?? 0
  }
  await step()
  const seconds = await secondsOf(step)
  const what = `${model}, ${mode}`
  say(`${what}: training`, `${((TRAINED * LENGTH) / seconds).toFixed(0)} tokens/s`)
  const { training } = planMemory(config, {
    ...options,
    adapter: options.adapter as { rank: number } | undefined,
    moments: options.optimizer?.moments,
    weights: 'bf16',
    backend: 'native-cuda-bf16',
    packRows: TRAINED * LENGTH,
    cacheRows: 0,
  })
  say(`${what}: memory of training, planned`, `${gigabytes(peak)}, ${gigabytes(training)}`)
  const draw = (): Promise<unknown> =>
    Promise.all(
      items
        .flatMap((item) => Array.from({ length: SAMPLED / TRAINED }, () => item))
        .map(({ prompt }, i) =>
          policy.sample({
            prompt,
            maxTokens: ANSWER,
            temperature: 1,
            stop: [],
            draws: randomStream(i, 'bench'),
          }),
        ),
    )
  await draw()
  const sampling = await secondsOf(draw)
  say(
    `${what}: sampling, prompts included`,
    `${((SAMPLED * ANSWER) / sampling).toFixed(0)} tokens/s`,
  )
}

console.log(`${name} (${architecture})`)
for (const model of Object.keys(MODELS))
  for (const mode of Object.keys(MODES)) await measure(model, mode)
