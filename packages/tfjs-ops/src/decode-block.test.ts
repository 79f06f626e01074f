import '@tensorflow/tfjs-backend-cpu'
import { memory, setBackend, tensor1d, tensor2d, tidy, variable, zeros } from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectSameBits } from '../test/expect-close.ts'
import { matrix } from '../test/matrix.ts'
import { seededValues } from '../test/seeded-values.ts'
import { decodeBlock, decodeBlockComposition } from './decode-block.ts'
import type { BlockCaches, DecodeBlockWeights, LinearLayer } from './decode-block.ts'
import { packWeight } from './pack-weight.ts'
import { fromStorage, toStorage } from './stored-matrix.ts'

const [width, feedForward] = [8, 10]
const options = {
  heads: 2, keyValueHeads: 1, headDim: 4, scale: 0.5, epsilon: 1e-6, inverseFrequencies: Float32Array.of(1, 0.1), slots: Int32Array.of(1, 0), lengths: Int32Array.of(0, 2),
}

let x: Tensor2D
let positions: Tensor1D
let weights: DecodeBlockWeights
const layer = (seed: number, out: number, into: number): { weight: Tensor2D } => ({ weight: matrix(seededValues(seed, out * into), out) })
const caches = (): BlockCaches => ({ keys: variable(zeros([2, 3, 4])) as Variable, values: variable(zeros([2, 3, 4])) as Variable })
const run = (changed: Partial<DecodeBlockWeights> = {}): Float32Array => tidy(() => decodeBlock(x, positions, { ...weights, ...changed }, caches(), options).dataSync<'float32'>())

beforeAll(async () => {
  await setBackend('cpu')
  x = matrix(seededValues(1, 2 * width), 2)
  positions = tensor1d(options.lengths, 'int32')
  const norm = tensor1d([...seededValues(2, width)])
  weights = {
    attentionNorm: norm, feedForwardNorm: norm, query: layer(3, 8, width), key: layer(4, 4, width), value: layer(5, 4, width), output: layer(6, width, 8),
    gate: layer(7, feedForward, width), up: layer(8, feedForward, width), down: layer(9, width, feedForward),
  }
})

describe('decodeBlock on a backend without the kernel', () => {
  it('is its composition', () => {
    expectSameBits(run(), tidy(() => decodeBlockComposition(x, positions, weights, caches(), options).dataSync<'float32'>()))
  })

  it('takes stored weights for what they stand for', () => {
    const stored = toStorage((weights.gate as { weight: Tensor2D }).weight, 'bf16')
    expectSameBits(run({ gate: { weight: stored } }), run({ gate: { weight: fromStorage(stored) } }))
  })

  it('has no packed weights', () => expect(packWeight(tensor2d([[1, 2]]))).toBeUndefined())

  it('leaves nothing behind but its result', () => {
    const own = caches()
    const before = memory().numTensors
    decodeBlock(x, positions, weights, own, options).dispose()
    expect(memory().numTensors).toBe(before)
  })

  it.each<[string, () => Partial<DecodeBlockWeights>]>([
    ['output', () => ({ output: layer(1, width, 7) })],
    ['down', () => ({ down: layer(1, width, 9) })],
    ['keyBias', () => ({ key: { ...weights.key, bias: tensor1d([1, 2, 3]) } as LinearLayer })],
    ['queryNorm', () => ({ queryNorm: tensor1d([1, 2]) })],
  ])('names the weight whose shape does not fit: %s', (name, changed) => {
    expect(() => run(changed())).toThrow(new RegExp(`decodeBlock: ${name} has shape`))
  })
})
