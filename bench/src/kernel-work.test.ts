import { describe, expect, it } from 'vitest'
import { parseModelConfig } from '@icrl/backbone'
import { kernelWork } from './kernel-work.ts'

const config = parseModelConfig({
  model_type: 'qwen3',
  hidden_size: 4,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 2,
  intermediate_size: 6,
  vocab_size: 10,
  tie_word_embeddings: true,
})
const step = { rows: 3, scored: 3, pairs: 6 }
const work = (name: string, calls: number): ReturnType<typeof kernelWork> =>
  kernelWork(config, step, { name, calls, milliseconds: 1 })

describe('kernelWork', () => {
  it('counts six operations a weight and row in the products of a step: forward, back, and the gradient of the weight', () => {
    const [before, after] = [2 * (4 * 4 + 2 * 4 * 2), 2 * (4 * 4 + 3 * 4 * 6)]
    const operations = (weights: number): ReturnType<typeof work> => ({
      limit: 'multiply-adds',
      perSecond: 2 * 3 * weights * 1000,
    })
    for (const name of ['qkvProjection', 'qkvProjectionGrad'])
      expect(work(name, 2)).toEqual(operations(before))
    for (const name of ['outputAndMlp', 'outputAndMlpGrad'])
      expect(work(name, 2)).toEqual(operations(after))
    expect(work('matMul', 14)).toEqual(operations(before + after))
  })

  it('counts attention by the pairs that see each other', () => {
    expect(work('packedAttention', 2)).toEqual({
      limit: 'multiply-adds',
      perSecond: 2 * 2 * 2 * 2 * 2 * 6 * 1000,
    })
  })

  it('counts what a kernel reads and writes, a call', () => {
    expect(work('rmsNorm', 5)).toEqual({ limit: 'memory', perSecond: 5 * 4 * 2 * 3 * 4 * 1000 })
  })

  it('knows nothing of a kernel that only moves data', () => {
    expect(work('copyBlocks', 5)).toBeUndefined()
  })
})
