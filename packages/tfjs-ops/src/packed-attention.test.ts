import '@tensorflow/tfjs-backend-cpu'
import { setBackend, tensor2d } from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectClose, expectSameBits } from '../test/expect-close.ts'
import { expectGradients } from '../test/expect-gradients.ts'
import { matrix } from '../test/matrix.ts'
import { attentionReference } from '../test/reference.ts'
import { seededValues } from '../test/seeded-values.ts'
import type { PackedLayout } from './kernels.ts'
import { packedAttention, packedAttentionGradient } from './packed-attention.ts'
import { packedLayout, segmentChain } from './packed-layout.ts'

const shape = { heads: 4, keyValueHeads: 2, headDim: 3, scale: 0.6 }
const queryWidth = shape.heads * shape.headDim
const keyWidth = shape.keyValueHeads * shape.headDim

const layouts: Record<string, PackedLayout> = {
  'one sequence': packedLayout([5]),
  'one row': packedLayout([1]),
  'several lengths, one empty': packedLayout([3, 1, 0, 4]),
  'a shared prefix': { starts: Int32Array.of(0, 3, 5, 9), prefix: Int32Array.of(-1, 0, 0) },
  'a chain of prefixes beside a stranger': {
    starts: Int32Array.of(0, 2, 5, 6, 8, 9),
    prefix: Int32Array.of(-1, 0, -1, 1, 2),
  },
}

function visibleRows(layout: PackedLayout): number[][] {
  const range = (from: number, to: number): number[] =>
    Array.from({ length: to - from }, (_, i) => from + i)
  return [...layout.prefix.keys()].flatMap((s) => {
    const before = segmentChain(layout, s)
      .slice(0, -1)
      .flatMap((p) => range(layout.starts[p], layout.starts[p + 1]))
    return range(layout.starts[s], layout.starts[s + 1]).map((row) => [
      ...before,
      ...range(layout.starts[s], row + 1),
    ])
  })
}

function inputsOf(rows: number): Float64Array[] {
  return [
    seededValues(11, rows * queryWidth),
    seededValues(12, rows * keyWidth),
    seededValues(13, rows * keyWidth),
  ]
}

beforeAll(() => setBackend('cpu'))

describe.each(Object.entries(layouts))('packedAttention over %s', (_, layout) => {
  const rows = layout.starts[layout.prefix.length]
  const [q, k, v] = inputsOf(rows)
  const reference = (a: Float64Array, b: Float64Array, c: Float64Array): Float64Array =>
    attentionReference(a, b, c, visibleRows(layout), shape)

  it('is the dense float64 reference', () => {
    const { out } = packedAttention(matrix(q, rows), matrix(k, rows), matrix(v, rows), {
      ...shape,
      ...layout,
    })
    expectClose(out.dataSync(), reference(q, k, v), 1e-6)
  })

  it('has the gradient of finite differences', () => {
    expectGradients({
      inputs: [
        { values: q, shape: [rows, queryWidth] },
        { values: k, shape: [rows, keyWidth] },
        { values: v, shape: [rows, keyWidth] },
      ],
      op: (a, b, c) =>
        packedAttention(a as Tensor2D, b as Tensor2D, c as Tensor2D, { ...shape, ...layout }).out,
      reference,
    })
  })
})

describe('packedAttention', () => {
  it('gives a row the same bits whatever it is packed with, prefixed or whole', () => {
    const [q, k, v] = inputsOf(120).map((values) => matrix(values, 120))
    const chain = { starts: Int32Array.of(0, 50, 110, 120), prefix: Int32Array.of(-1, 0, 0) }
    const whole = packedLayout([110, 10])
    const shared = packedAttention(q, k, v, { ...shape, ...chain })
    const unshared = packedAttention(q, k, v, { ...shape, ...whole })
    const upTo = 110 * queryWidth
    expectSameBits(
      shared.out.dataSync().subarray(0, upTo),
      unshared.out.dataSync().subarray(0, upTo),
    )
    expectSameBits(
      shared.logsumexp.dataSync().subarray(0, 110 * shape.heads),
      unshared.logsumexp.dataSync().subarray(0, 110 * shape.heads),
    )
  })

  it('gives logsumexp of the scaled scores', () => {
    const one = { heads: 1, keyValueHeads: 1, headDim: 1, scale: 2 }
    const { logsumexp } = packedAttention(
      tensor2d([[1], [1]]),
      tensor2d([[3], [0]]),
      tensor2d([[1], [1]]),
      { ...one, ...packedLayout([2]) },
    )
    expectClose(logsumexp.dataSync(), [6, 6 + Math.log1p(Math.exp(-6))], 1e-6)
  })

  it('accepts no rows', () => {
    const none = (width: number): Tensor2D => tensor2d([], [0, width])
    const { out, logsumexp } = packedAttention(none(queryWidth), none(keyWidth), none(keyWidth), {
      ...shape,
      ...packedLayout([]),
    })
    expect([out.shape, logsumexp.shape]).toEqual([
      [0, queryWidth],
      [0, shape.heads],
    ])
    const forward = { q: none(queryWidth), k: none(keyWidth), v: none(keyWidth), out, logsumexp }
    expect(
      packedAttentionGradient(out, forward, { ...shape, ...packedLayout([]) }).dk.shape,
    ).toEqual([0, keyWidth])
  })

  it('refuses a layout that does not cover the rows', () => {
    const [q, k, v] = inputsOf(3).map((values) => matrix(values, 3))
    expect(() => packedAttention(q, k, v, { ...shape, ...packedLayout([2]) })).toThrow(
      'must run from 0 to the 3 rows',
    )
  })

  it('refuses a prefix that comes later', () => {
    const [q, k, v] = inputsOf(2).map((values) => matrix(values, 2))
    const layout = { starts: Int32Array.of(0, 1, 2), prefix: Int32Array.of(1, -1) }
    expect(() => packedAttention(q, k, v, { ...shape, ...layout })).toThrow(
      'segment 0 continues 1, which must be an earlier segment',
    )
  })

  it('refuses heads that do not divide', () => {
    const [q, k, v] = inputsOf(2).map((values) => matrix(values, 2))
    expect(() =>
      packedAttention(q, k, v, { ...shape, keyValueHeads: 3, ...packedLayout([2]) }),
    ).toThrow('4 query heads cannot be shared out over 3')
  })
})
