import '@tensorflow/tfjs-backend-cpu'
import { setBackend, type Tensor2D, tensor2d, tidy, variable } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectSameBits } from '../test/expect-close.ts'
import { matrix } from '../test/matrix.ts'
import { seededValues } from '../test/seeded-values.ts'
import { adamW } from './adamw.ts'
import { fromBf16 } from './bf16-matrix.ts'
import {
  assignMoment,
  type Moment,
  type MomentStorage,
  unpackMoment,
  zeroMoment,
} from './moment.ts'
import { fromSplit, toSplit } from './split-matrix.ts'

beforeAll(() => setBackend('cpu'))

const options = {
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  gradientScale: 1,
}

describe('a split matrix', () => {
  it('is its float32 master to the bit, and the nearest bf16 to compute with', () => {
    const values = Float32Array.of(1.001, -3, 0, -0, 1e-38, 3e38, -7.123456e-5, 0.1, 1 + 2 ** -8)
    const split = toSplit(tensor2d(values, [3, 3]))
    expectSameBits(fromSplit(split).dataSync<'float32'>(), values)
    const narrow = fromBf16(split).dataSync<'float32'>()
    narrow.forEach((value, i) =>
      expect(Math.abs(value - values[i])).toBeLessThanOrEqual(Math.abs(values[i]) / 256),
    )
  })

  it('learns as the float32 matrix does, to the bit', () => {
    const start = matrix(seededValues(1, 35), 5)
    const [split, whole] = [toSplit(start), variable(start)]
    const moments = () => ({
      first: zeroMoment([5, 7], 'float32'),
      second: zeroMoment([5, 7], 'float32'),
    })
    const [one, other] = [moments(), moments()]
    for (let step = 1; step <= 4; step++) {
      const gradient = matrix(seededValues(step + 1, 35), 5)
      adamW({ parameter: split, ...one }, gradient, { ...options, step })
      adamW({ parameter: whole, ...other }, gradient, { ...options, step })
      expectSameBits(fromSplit(split).dataSync<'float32'>(), whole.dataSync<'float32'>())
    }
  })
})

describe.each<[MomentStorage, number]>([
  ['bf16', 2 ** -7],
  ['8bit', 2 ** -5],
])('a moment kept as %s', (storage, coarseness) => {
  const store = (
    values: Float32Array,
    isSigned: boolean,
    uniform: (i: number) => number,
  ): Moment => {
    const moment = zeroMoment([values.length], storage)
    assignMoment(moment, values, isSigned, uniform)
    return moment
  }

  it('is within one level of what it was, with its sign', () => {
    const values = Float32Array.from(seededValues(3, 600))
    const found = unpackMoment(
      store(values, true, () => 0.5),
      600,
      true,
    )
    const largest = Math.max(...values.map(Math.abs))
    found.forEach((value, i) => {
      const level = coarseness * Math.sqrt(Math.abs(values[i]) * largest) + largest / 2 ** 13
      expect(Math.abs(value - values[i])).toBeLessThan(level)
      if (value !== 0) expect(Math.sign(value)).toBe(Math.sign(values[i]))
    })
  })

  it('is right on average over the roundings, and a second moment never becomes zero', () => {
    const values = Float32Array.of(1, 0.3, 1e-3, 7e-6, 1e-12, 0)
    const total = new Float64Array(values.length)
    const ROUNDINGS = 4096
    for (let r = 0; r < ROUNDINGS; r++) {
      const found = unpackMoment(
        store(values, false, () => r / ROUNDINGS),
        values.length,
        false,
      )
      found.forEach((value, i) => (total[i] += value / ROUNDINGS))
      expect(found[4]).toBeGreaterThan(0)
      expect(found[5]).toBe(0)
    }
    ;[1, 0.3, 1e-3, 7e-6].forEach((value, i) =>
      expect(Math.abs(total[i] - value)).toBeLessThan(0.01 * value),
    )
  })

  it('trains about as float32 moments do, and the same every time', () => {
    const train = (kept: MomentStorage): Float32Array => {
      const parameter = variable(matrix(seededValues(1, 300), 3))
      const state = {
        parameter,
        first: zeroMoment([3, 100], kept),
        second: zeroMoment([3, 100], kept),
      }
      for (let step = 1; step <= 20; step++)
        tidy(() =>
          adamW(state, matrix(seededValues(step % 7, 300), 3) as Tensor2D, { ...options, step }),
        )
      return parameter.dataSync<'float32'>().slice()
    }
    const [found, again, exact] = [train(storage), train(storage), train('float32')]
    expectSameBits(found, again)
    const start = Float32Array.from(seededValues(1, 300))
    const norm = (x: Float32Array, y: Float32Array): number =>
      Math.hypot(...x.map((v, i) => v - y[i]))
    expect(norm(found, exact) / norm(exact, start)).toBeLessThan(0.1)
    expect(norm(found, exact)).toBeGreaterThan(0)
  })
})
