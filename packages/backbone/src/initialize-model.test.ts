import '@tensorflow/tfjs-backend-cpu'
import { setBackend } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { tinyConfig } from '../test/tiny-config.ts'
import { initializeModel } from './initialize-model.ts'

const values = (seed: number, name: string): number[] => [
  ...(initializeModel(tinyConfig(), seed).get(name)?.dataSync() ?? []),
]
const EMBEDDING = 'model.embed_tokens.weight'

beforeAll(() => setBackend('cpu'))

describe('initializeModel', () => {
  it('draws matrices normally with the deviation of the configuration', () => {
    const drawn = values(0, EMBEDDING)
    const mean = drawn.reduce((total, value) => total + value, 0) / drawn.length
    const deviation = Math.sqrt(
      drawn.reduce((total, value) => total + (value - mean) ** 2, 0) / drawn.length,
    )
    expect(Math.abs(mean)).toBeLessThan(0.05)
    expect(Math.abs(deviation - 0.3)).toBeLessThan(0.03)
  })

  it('sets norms to one and biases to zero', () => {
    const parameters = initializeModel(tinyConfig({ attention_bias: true }), 0)
    expect([
      ...new Set(parameters.get('model.layers.0.self_attn.q_norm.weight')?.dataSync()),
    ]).toEqual([1])
    expect([
      ...new Set(parameters.get('model.layers.1.self_attn.k_proj.bias')?.dataSync()),
    ]).toEqual([0])
  })

  it('depends on the seed and the name alone', () => {
    expect(values(0, EMBEDDING)).toEqual(values(0, EMBEDDING))
    expect(values(0, EMBEDDING)).not.toEqual(values(1, EMBEDDING))
    expect(values(0, 'model.layers.0.mlp.up_proj.weight')).not.toEqual(
      values(0, 'model.layers.1.mlp.up_proj.weight'),
    )
  })
})
