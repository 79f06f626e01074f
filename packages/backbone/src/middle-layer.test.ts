import {
  add,
  matMul,
  memory,
  setBackend,
  sub,
  tensor,
  tensor2d,
  tidy,
  type Tensor2D,
} from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { modelBackends } from '../test/backends.ts'
import {
  createDecoder,
  type Decoder,
  decoderBackward,
  decoderForward,
  disposeInputs,
  disposePass,
  firstLearning,
  GradientSum,
  initializeModel,
  packInputs,
  packItems,
  parseModelConfig,
  type PassInputs,
} from './index.ts'

// What an adapter builds of the public parts: a value head on the decoder's hidden states, trained
// by squared error, in packs that share their prompt.
const config = parseModelConfig({
  model_type: 'qwen3',
  vocab_size: 20,
  hidden_size: 12,
  intermediate_size: 16,
  num_hidden_layers: 3,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 4,
  tie_word_embeddings: true,
  initializer_range: 0.4,
})
const PACK = packItems(
  [
    [4, 9, 2],
    [7, 1],
  ].map((response) => ({
    prompt: Int32Array.of(3, 8, 5),
    response: Int32Array.from(response),
    temperature: 1,
  })),
)
const rows = PACK.chosen.length
const head = (): Tensor2D =>
  tensor2d(
    Array.from({ length: 12 }, (_, i) => Math.cos(i)),
    [12, 1],
  )
const wanted = (): Tensor2D =>
  tensor2d(
    Array.from({ length: rows }, (_, i) => Math.sin(3 * i)),
    [rows, 1],
  )

/** Σ (h · w − target)² / 2 over the scored tokens. */
async function loss(decoder: Decoder, inputs: PassInputs): Promise<number> {
  const pass = await decoderForward(decoder, inputs, { keep: 'nothing' })
  const errors = tidy(() => sub(matMul(pass.hidden, head()), wanted())).dataSync<'float32'>()
  disposePass(pass)
  return errors.reduce((total, error) => total + error ** 2 / 2, 0)
}

/** Its gradient in every parameter that learns. */
async function gradients(
  decoder: Decoder,
  inputs: PassInputs,
  sum: GradientSum = new GradientSum(),
): Promise<GradientSum> {
  const keepFrom = firstLearning(decoder, sum)
  const pass = await decoderForward(decoder, inputs, { keep: 'attention', keepFrom })
  const dhidden = tidy(() =>
    matMul(sub(matMul(pass.hidden, head()), wanted()), head(), false, true),
  ) as Tensor2D
  await decoderBackward(decoder, pass, inputs, dhidden, sum)
  return sum
}

describe.each(await modelBackends())('a head of your own on %s', (backend) => {
  beforeAll(() => setBackend(backend))

  it('has the gradient that central differences find, for a weight of every kind', async () => {
    const parameters = initializeModel(config, 1)
    const [decoder, inputs] = [createDecoder(config, parameters), packInputs(PACK)]
    const found = await gradients(decoder, inputs)
    const step = 4e-3
    for (const [name, parameter] of parameters) {
      if (name.includes('layers.1')) continue
      // Of the embedding, the row of a token that is there.
      const at = name === 'model.embed_tokens.weight' ? 8 * 12 + 5 : parameter.size - 2
      const nudge = (by: number): void =>
        tidy(() => {
          const change = new Float32Array(parameter.size)
          change[at] = by
          parameter.assign(add(parameter, tensor(change, parameter.shape)))
        })
      nudge(step)
      const above = await loss(decoder, inputs)
      nudge(-2 * step)
      const slope = (above - (await loss(decoder, inputs))) / (2 * step)
      nudge(step)
      const error = Math.abs(found.get(name)!.dataSync()[at] - slope)
      expect(error, name).toBeLessThan(5e-3 + 1e-3 * Math.abs(slope))
    }
  })

  it('reaches only what learns, and leaves no tensor behind', async () => {
    const parameters = initializeModel(config, 1)
    const [decoder, inputs] = [createDecoder(config, parameters), packInputs(PACK)]
    const before = memory().numTensors
    const all = await gradients(decoder, inputs)
    const upper = new GradientSum((name) => name.includes('layers.2.mlp'))
    expect(firstLearning(decoder, upper)).toBe(2)
    await gradients(decoder, inputs, upper)
    expect(upper.size).toBe(3)
    for (const part of ['gate', 'up', 'down']) {
      const name = `model.layers.2.mlp.${part}_proj.weight`
      expect(upper.get(name)!.dataSync()).toEqual(all.get(name)!.dataSync())
    }
    const onlyNorm = new GradientSum((name) => name === 'model.norm.weight')
    expect(firstLearning(decoder, onlyNorm)).toBe(3)
    await gradients(decoder, inputs, onlyNorm)
    expect(onlyNorm.size).toBe(1)
    for (const sum of [all, upper, onlyNorm]) sum.clear()
    expect(memory().numTensors).toBe(before)
    disposeInputs(inputs)
  })

  it('says which block kept nothing', async () => {
    const decoder = createDecoder(config, initializeModel(config, 1))
    const inputs = packInputs(PACK)
    const pass = await decoderForward(decoder, inputs, { keep: 'all', keepFrom: 1 })
    const dhidden = tensor2d(new Float32Array(rows * 12), [rows, 12])
    await expect(
      decoderBackward(decoder, pass, inputs, dhidden, new GradientSum()),
    ).rejects.toThrow('decoderBackward: block 0 kept nothing; run decoderForward with keep')
  })
})
