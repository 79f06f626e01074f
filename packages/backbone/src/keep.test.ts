import { memory, setBackend, tensor1d, type Tensor, tidy } from '@tensorflow/tfjs-core'
import { embeddingGradient, packedLayout, weightGradient } from '@icrl/tfjs-ops'
import { beforeAll, describe, expect, it } from 'vitest'
import { hasShim, useShim } from '../../tfjs-native/test/cuda-shim.ts'
import { exactBackends, modelBackends } from '../test/backends.ts'
import { slopedItem, type SlopedItem, slopesOf } from '../test/sloped.ts'
import { tinyConfig } from '../test/tiny-config.ts'
import type { KeepActivations } from './block.ts'
import type { ModelConfig } from './config.ts'
import { createDecoder, decoderForward, disposePass } from './decoder.ts'
import { GradientSum } from './gradient-sum.ts'
import { initializeModel } from './initialize-model.ts'
import { takePeakBytes } from './peak-memory.ts'
import { accumulateItems } from './train-pack.ts'
import type { Weight } from './weight-storage.ts'

const KEEPS: readonly KeepActivations[] = ['all', 'attention', 'inputs']
const ids = (seed: number, length: number): Int32Array =>
  Int32Array.from({ length }, (_, i) => (seed * 7 + i * 5 + ((i * i) % 11)) % 24)
const ITEMS: readonly SlopedItem[] = [0, 1, 2, 3].map((i) => {
  const response = ids(i + 3, 6 + 3 * i)
  // Two of them share a prompt.
  return slopedItem(
    ids(i >> 1, 5 + (i >> 1)),
    response,
    Float32Array.from(response, (_, t) => Math.sin(i + t) / 4),
  )
})

async function gradientsOf(
  config: ModelConfig,
  parameters: ReadonlyMap<string, Weight>,
  keep: KeepActivations,
  sum = new GradientSum(),
): Promise<Map<string, number[]>> {
  await accumulateItems({
    decoder: createDecoder(config, parameters),
    call: { items: ITEMS, slopes: slopesOf(ITEMS, 0.05), entropySlopes: true },
    want: { entropy: true },
    gradients: sum,
    keep,
    // Several packs, so that gradients are added to sums.
    packTokens: 20,
  })
  const found = new Map([...parameters.keys()].map((name) => [name, bits(sum.get(name) as Tensor)]))
  sum.clear()
  return found
}

function bits(tensor: Tensor): number[] {
  return [...new Int32Array(tensor.dataSync<'float32'>().slice().buffer)]
}

/** Sums as they were before anything was added in place: every gradient a tensor, then an addition. */
class SumOfWholes extends GradientSum {
  override addProduct(...[name, dy, x]: Parameters<GradientSum['addProduct']>): void {
    this.add(name, weightGradient(dy, x))
  }

  override addRows(...[name, dy, ids, rows]: Parameters<GradientSum['addRows']>): void {
    this.add(name, embeddingGradient(dy, ids, rows))
  }

  override target(): 'returned' {
    return 'returned'
  }
}

const CONFIGS = {
  'a tied model': tinyConfig(),
  'untied, with biases': tinyConfig({
    model_type: 'llama',
    tie_word_embeddings: false,
    attention_bias: true,
  }),
}

const models = await modelBackends()
const BACKENDS: Readonly<Record<string, () => Promise<unknown>>> = {
  ...Object.fromEntries(models.map((name) => [name, () => setBackend(name)])),
  ...(hasShim && { 'native-cuda-bf16': () => useShim({ seed: 1, backend: 'native-cuda-bf16' }) }),
}

/** Bytes a row and block, by what is kept: what products round takes two bytes in bf16. */
function keptBytes(config: ModelConfig, bf16: boolean): Record<KeepActivations, number> {
  const { hiddenSize: D, heads, keyValueHeads, headDim: d, feedForwardSize: F } = config
  const [operand, attended] = [bf16 ? 2 : 4, bf16 && d <= 128 ? 2 : 4]
  const [queries, keys] = [heads * d, keyValueHeads * d]
  return {
    all:
      4 * (2 * D + heads) +
      operand * (2 * queries + keys + 2 * F) +
      attended * (queries + 2 * keys),
    attention: 4 * (D + heads) + operand * queries,
    inputs: 4 * D,
  }
}

describe.each(Object.entries(BACKENDS))('on %s', (backend, use) => {
  beforeAll(use)

  it.each(Object.entries(CONFIGS))(
    '%s has the same gradients, whatever is kept',
    { timeout: 60_000 },
    async (_, config) => {
      const parameters = initializeModel(config, 3)
      const whole = await gradientsOf(config, parameters, 'all', new SumOfWholes())
      expect([...whole.values()].every((values) => values.some((value) => value !== 0))).toBe(true)
      for (const keep of KEEPS)
        for (const [name, values] of await gradientsOf(config, parameters, keep))
          expect(values, `${name} with ${keep}`).toEqual(whole.get(name))
    },
  )

  it.each([
    ['heads that attention rounds', {}],
    ['wider ones', { num_attention_heads: 2, num_key_value_heads: 1, head_dim: 136 }],
  ])(
    'a pass holds exactly what it is to keep, in bytes, and nothing after it: %s',
    async (_, change) => {
      const config = tinyConfig(change)
      const decoder = createDecoder(config, initializeModel(config, 0))
      const { hiddenSize: D, layers } = config
      const bytes = keptBytes(config, backend === 'native-cuda-bf16')
      const rows = 30
      const positions = tensor1d(
        Int32Array.from({ length: rows }, (_, i) => i),
        'int32',
      )
      const inputs = {
        ids: tensor1d(ids(1, rows), 'int32'),
        rows: { positions, layout: packedLayout([rows]) },
        chosen: tensor1d([rows - 1], 'int32'),
      }
      const before = memory()
      // The last block's output, and the chosen row before and after the norm, are not activations.
      const others = 4 * D * (rows + 2)
      for (const keep of KEEPS)
        for (const keepFrom of [0, 1]) {
          const pass = await decoderForward(decoder, inputs, { keep, keepFrom })
          expect(memory().numBytes - before.numBytes, `${keep} from block ${keepFrom}`).toBe(
            others + rows * bytes[keep] * (layers - keepFrom),
          )
          disposePass(pass)
          expect(memory().numTensors).toBe(before.numTensors)
        }
    },
  )
})

describe.skipIf(!(await exactBackends()).includes('native-cpu'))('a training pass', () => {
  it('needs less memory at its peak, the less is kept', async () => {
    await setBackend('native-cpu')
    const config = tinyConfig({ num_hidden_layers: 12 })
    const parameters = initializeModel(config, 0)
    const response = ids(2, 90)
    const items = Array.from({ length: 20 }, (_, i) =>
      slopedItem(ids(i, 4), response, new Float32Array(90).fill(0.1)),
    )
    const peak = async (keep: KeepActivations): Promise<number> => {
      const gradients = new GradientSum()
      const before = tidy(() => memory().numBytes)
      takePeakBytes()
      await accumulateItems({
        decoder: createDecoder(config, parameters),
        call: { items, slopes: slopesOf(items), entropySlopes: false },
        want: {},
        gradients,
        keep,
        packTokens: Infinity,
      })
      gradients.clear()
      expect(memory().numBytes).toBe(before)
      return takePeakBytes() as number
    }
    await peak('all')
    const [all, attention, inputs] = [
      await peak('all'),
      await peak('attention'),
      await peak('inputs'),
    ]
    const { hiddenSize: D, heads, keyValueHeads, headDim: d, feedForwardSize: F, layers } = config
    const rows = 20 * 93
    const spared = D + 2 * heads * d + 3 * keyValueHeads * d + 2 * F
    // All blocks but the one that is computed again.
    expect(all - attention).toBeGreaterThan(4 * rows * spared * (layers - 2))
    expect(attention - inputs).toBeGreaterThan(4 * rows * heads * d * (layers - 2))
  })
})
