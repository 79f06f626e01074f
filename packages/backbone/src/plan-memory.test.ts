import { memory, setBackend } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { hasShim, useShim } from '../../tfjs-native/test/cuda-shim.ts'
import { exactBackends } from '../test/backends.ts'
import { accumulate, slopedItem } from '../test/sloped.ts'
import type { KeepActivations } from './block.ts'
import { parseModelConfig } from './config.ts'
import { initializeModel } from './initialize-model.ts'
import { plannedCacheRows } from './kv-cache.ts'
import { LocalPolicy, type LocalPolicyOptions } from './local-policy.ts'
import { type MemoryPlanOptions, planMemory } from './plan-memory.ts'

const qwen3 = {
  model_type: 'qwen3',
  architectures: ['Qwen3ForCausalLM'],
  vocab_size: 2000,
  hidden_size: 256,
  intermediate_size: 768,
  num_hidden_layers: 4,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  head_dim: 32,
  rms_norm_eps: 1e-6,
  tie_word_embeddings: true,
  max_position_embeddings: 4096,
}
const configOf = (change: object) => parseModelConfig({ ...qwen3, ...change }, 'config.json')

const withNative = (await exactBackends()).includes('native-cpu')

/** Rows of the pass: 16 items of 16 + 16 rows. */
const ITEMS = 16
const items = Array.from({ length: ITEMS }, (_, i) =>
  slopedItem(
    Int32Array.from({ length: 17 }, (_, at) => (7 * i + at) % 100),
    new Int32Array(16).fill(5),
    new Float32Array(16).fill(0.1),
  ),
)
const ROWS = ITEMS * 32

type Planned = Pick<MemoryPlanOptions, 'keep' | 'adapter'> & Pick<LocalPolicyOptions, 'optimizer'>

async function measured(change: object, options: LocalPolicyOptions): Promise<number> {
  const config = configOf(change)
  await using policy = new LocalPolicy(config, initializeModel(config, 0), options)
  let peak = 0
  // The first step has no moments yet.
  for (let step = 0; step < 2; step++) {
    await accumulate(policy, items)
    peak = (await policy.step({ learningRate: 1e-6 })).peakBytes!
  }
  return peak
}

describe.skipIf(!withNative)('the memory of training, predicted', () => {
  beforeAll(() => setBackend('native-cpu'))

  it.each<[string, object, Planned]>([
    ['all kept', {}, { keep: 'all' }],
    ['all kept, in more blocks', { num_hidden_layers: 8 }, { keep: 'all' }],
    ['attention kept', {}, { keep: 'attention' }],
    ['inputs kept', {}, { keep: 'inputs' }],
    ['a wide feed-forward layer', { intermediate_size: 1536 }, { keep: 'attention' }],
    ['moments of 8 bits', { num_hidden_layers: 8 }, { optimizer: { moments: '8bit' } }],
    ['an adapter', { num_hidden_layers: 8 }, { keep: 'all', adapter: { rank: 8 } }],
  ])('is within 15 percent: %s', async (_, change, options) => {
    const { optimizer, ...engine } = options
    const { training } = planMemory(configOf(change), {
      ...engine,
      moments: optimizer?.moments,
      packRows: ROWS,
      cacheRows: 0,
    })
    const peak = await measured(change, options)
    expect(training / peak).toBeGreaterThan(0.85)
    expect(training / peak).toBeLessThan(1.15)
  })
})

// Minutes on a model of a GPU.
describe.skipIf(!hasShim || !process.env.ICRL_FULL)('the same on native-cuda-bf16', () => {
  const sizes = { hidden_size: 64, intermediate_size: 256, vocab_size: 200 }

  it.each<[string, object, Planned]>([
    ['all kept', sizes, { keep: 'all' }],
    ['attention kept', { ...sizes, num_hidden_layers: 8 }, { keep: 'attention' }],
    ['inputs kept', { ...sizes, num_hidden_layers: 8 }, { keep: 'inputs' }],
  ])('is within 15 percent: %s', { timeout: 600_000 }, async (_, change, options) => {
    await useShim({ backend: 'native-cuda-bf16' })
    const { training } = planMemory(configOf(change), {
      ...options,
      backend: 'native-cuda-bf16',
      packRows: ROWS,
      cacheRows: 0,
    })
    const peak = await measured(change, options)
    expect(training / peak).toBeGreaterThan(0.85)
    expect(training / peak).toBeLessThan(1.15)
  })
})

describe('a plan', () => {
  const plan = (options: object = {}) =>
    planMemory(configOf({}), { packRows: 1024, cacheRows: 4096, ...options })

  it('counts what learns, and stores it as asked', () => {
    const [full, lora] = [plan(), plan({ adapter: { rank: 8 }, weights: 'bf16' })]
    expect(full.learning).toBe(full.parameters)
    expect(full.weights).toBe(4 * full.parameters)
    expect(full.moments).toBe(8 * full.parameters)
    // rank · (in + out) of each of the seven matrices of four blocks
    const perBlock = 8 * (2 * (256 + 256) + 2 * (256 + 128) + 3 * (256 + 768))
    expect(lora.learning).toBe(4 * perBlock)
    expect(lora.weights).toBeLessThan(0.6 * full.weights)
    expect(lora.gradients).toBe(4 * lora.learning)
  })

  it('has a cache of keys and values', () => {
    expect(plan().cache).toBe(2 * 4 * 4 * 4 * 32 * 4096)
    expect(plan({ backend: 'native-cuda-bf16' }).cache).toBe(2 * 2 * 4 * 4 * 32 * 4096)
  })

  it('keeps half of what products round on native-cuda-bf16, and of heads that attention rounds', () => {
    const bytes = (more: object, change: object = {}): number =>
      planMemory(configOf({ num_hidden_layers: 400, ...change }), {
        packRows: 2 ** 24,
        cacheRows: 0,
        ...more,
      }).activations
    // Of a block, where there are so many that the one that is worked on does not count.
    const perBlock = (backend: string, keep: KeepActivations, change: object = {}): number =>
      (bytes({ backend, keep }, { ...change, num_hidden_layers: 800 }) -
        bytes({ backend, keep }, change)) /
      (400 * 2 ** 24)
    const [D, H, queries, keys, F] = [256, 8, 256, 128, 768]
    const [cpu, bf16] = ['native-cpu', 'native-cuda-bf16']
    expect(perBlock(cpu, 'all')).toBeCloseTo(4 * (2 * D + H + 3 * queries + 3 * keys + 2 * F), 0)
    expect(perBlock(bf16, 'all')).toBeCloseTo(
      4 * (2 * D + H) + 2 * (3 * queries + 3 * keys + 2 * F),
      0,
    )
    expect(perBlock(bf16, 'attention')).toBeCloseTo(4 * (D + H) + 2 * queries, 0)
    expect(perBlock(bf16, 'inputs')).toBeCloseTo(4 * D, 0)
    const wide = { num_attention_heads: 2, num_key_value_heads: 1, head_dim: 136 }
    expect(perBlock(bf16, 'all', wide)).toBeCloseTo(
      4 * (2 * D + 2) + 2 * (5 * 136 + 2 * F) + 4 * (2 * 136 + 2 * 136),
      0,
    )
  })

  it('lays out no weights on a GPU', () => {
    expect(plan({ backend: 'native-cuda' }).panels).toBe(0)
    expect(plan().panels).toBeGreaterThan(0)
  })

  it('has a cache of whole pages, and of the whole context at the least', () => {
    const context = { contextLength: 4096 }
    expect(plannedCacheRows(context, { count: 64, tokens: 500 })).toBe(64 * 512)
    expect(plannedCacheRows(context, { count: 64, tokens: 500, cacheTokens: 10_000 })).toBe(10_048)
    expect(plannedCacheRows(context, { count: 64, tokens: 500, cacheTokens: 1000 })).toBe(4096)
  })

  it('has snapshots that sample beside the policy where steps are sampled ahead', () => {
    const [none, one, two] = [0, 1, 2].map((staleness) => plan({ staleness }))
    expect(none).toEqual(plan())
    expect([one.snapshots, two.snapshots]).toEqual([2 * one.weights, 3 * one.weights])
    // One samples while the policy learns; two, and the policy, while it is evaluated.
    const sampler = none.sampling - none.weights - none.moments
    expect(one.training).toBe(none.training + none.weights + sampler)
    expect(one.sampling).toBe(none.sampling + 2 * (none.weights + sampler))
    const [bare, adapted] = [0, 1].map((staleness) => plan({ adapter: { rank: 8 }, staleness }))
    expect(adapted.snapshots).toBe(2 * 4 * adapted.learning)
    expect([adapted.panels, adapted.cache]).toEqual([bare.panels, 3 * bare.cache])
  })

  it.each<[string, Pick<MemoryPlanOptions, 'adapter' | 'snapshotWeights'>]>([
    ['all weights', {}],
    ['all weights, in bf16', { snapshotWeights: 'bf16' }],
    ['an adapter', { adapter: { rank: 8 } }],
  ])('counts what two snapshots take: %s', async (_, options) => {
    const config = configOf({ vocab_size: 200, hidden_size: 64, num_hidden_layers: 2 })
    await using policy = new LocalPolicy(config, initializeModel(config, 0), options)
    const before = memory().numBytes
    await using first = await policy.snapshot()
    await using second = await policy.snapshot()
    const { snapshots } = planMemory(config, {
      ...options,
      packRows: 1024,
      cacheRows: 4096,
      staleness: 1,
    })
    expect(first.sample).not.toBe(second.sample)
    expect((memory().numBytes - before) / snapshots).toBeCloseTo(1, 2)
  })

  it('peaks where more is needed', () => {
    for (const { training, sampling, peak } of [plan(), plan({ cacheRows: 1e6 })])
      expect(peak).toBe(Math.max(training, sampling))
    expect(plan({ cacheRows: 1e6 }).peak).toBeGreaterThan(plan().peak)
  })
})
