import '@tensorflow/tfjs-backend-cpu'
import { memory, setBackend, tensor1d, variable } from '@tensorflow/tfjs-core'
import type { Variable } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectClose } from '../test/expect-close.ts'
import { adamW, type AdamWState } from './adamw.ts'
import { zeroMoment } from './moment.ts'

const options = {
  learningRate: 0.1,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.01,
  gradientScale: 1,
}
const start = (): AdamWState & { readonly parameter: Variable } => ({
  parameter: variable(tensor1d([1, -2, 0])),
  first: zeroMoment([3], 'float32'),
  second: zeroMoment([3], 'float32'),
})

beforeAll(() => setBackend('cpu'))

describe('adamW', () => {
  it('moves by the learning rate against the sign in its first step, after the decay', () => {
    const state = start()
    adamW(state, tensor1d([0.5, -3, 0]), { ...options, step: 1 })
    expectClose(state.parameter.dataSync(), [0.999 - 0.1, -2 * 0.999 + 0.1, 0], 1e-6)
    expectClose(state.first.numbers.dataSync(), [0.05, -0.3, 0], 1e-6)
    expectClose(state.second.numbers.dataSync(), [0.0125, 0.45, 0], 1e-6)
  })

  it('follows the float64 recurrence over steps of changing gradients', () => {
    const state = start()
    let [theta, m, v] = [1, 0, 0]
    for (let step = 1; step <= 5; step++) {
      const gradient = Math.sin(step)
      adamW(state, tensor1d([gradient, 0, 0]), { ...options, step, gradientScale: 0.5 })
      const g = gradient * 0.5
      m = 0.9 * m + 0.1 * g
      v = 0.95 * v + 0.05 * g * g
      theta =
        theta * (1 - 0.1 * 0.01) -
        (0.1 * (m / (1 - 0.9 ** step))) / (Math.sqrt(v / (1 - 0.95 ** step)) + 1e-8)
    }
    expectClose([state.parameter.dataSync()[0]], [theta], 1e-6)
  })

  it('leaves no tensor behind', () => {
    const state = start()
    const gradient = tensor1d([1, 1, 1])
    adamW(state, gradient, { ...options, step: 1 })
    const before = memory()
    adamW(state, gradient, { ...options, step: 2 })
    expect(memory()).toMatchObject({
      numTensors: before.numTensors,
      numBytes: before.numBytes,
      numDataBuffers: before.numDataBuffers,
    })
  })

  it('refuses another shape and a step of 0', () => {
    expect(() => adamW(start(), tensor1d([1]), { ...options, step: 1 })).toThrow(
      'adamW: gradient has shape [1], expected [3]',
    )
    expect(() => adamW(start(), tensor1d([1, 1, 1]), { ...options, step: 0 })).toThrow(
      'the first update is step 1',
    )
  })
})
