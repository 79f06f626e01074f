import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { hasAddon, useNative } from '../../test/native.ts'

const SPECIAL = [0, -0, 1, -1, Infinity, -Infinity, NaN, 1e-42, -3e38, 88.7, -103, 0.5]

/** A shape of up to four dimensions, some of them 1, 0 or longer than a vector. */
const shapeOf = (rank: number): fc.Arbitrary<number[]> =>
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 1, max: 5 }) },
      { weight: 2, arbitrary: fc.constantFrom(16, 17, 33, 70) },
      { weight: 1, arbitrary: fc.constant(0) },
    ),
    { minLength: rank, maxLength: rank },
  )
const anyShape = fc
  .integer({ min: 0, max: 4 })
  .chain(shapeOf)
  .filter((shape) => shape.reduce((a, b) => a * b, 1) < 20_000)

/** Values of which a share is special; the seed makes them reproducible at any length. */
interface Values {
  seed: number
  odd: boolean
}
const anyValues = fc.record({ seed: fc.integer(), odd: fc.boolean() })

function floats(shape: readonly number[], { seed, odd }: Values): Float32Array {
  const size = shape.reduce((a, b) => a * b, 1)
  return Float32Array.from({ length: size }, (_, i) => {
    const mixed = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca6b)
    const pick = (mixed >>> 8) % 97
    return odd && pick < SPECIAL.length ? SPECIAL[pick] : ((mixed >>> 4) % 20011) / 2000 - 5
  })
}

const asTensor = (shape: readonly number[], values: Values): Tensor =>
  tf.tensor(floats(shape, values), [...shape], 'float32')

/** Runs on both backends and compares shape, type and every element. */
async function expectSame(run: () => Tensor, tolerance = 1e-6): Promise<void> {
  const results = []
  for (const use of [() => tf.setBackend('cpu'), () => useNative()]) {
    await use()
    results.push(
      tf.tidy(() => {
        const { shape, dtype } = run()
        return { shape, dtype, values: run().dataSync() as Float32Array }
      }),
    )
  }
  const [expected, found] = results
  expect([found.shape, found.dtype]).toEqual([expected.shape, expected.dtype])
  const wrong = found.values.findIndex((value, i) => !isClose(value, expected.values[i], tolerance))
  expect(
    wrong,
    `element ${wrong}: ${found.values[wrong]} instead of ${expected.values[wrong]}`,
  ).toBe(-1)
}

function isClose(value: number, expected: number, tolerance: number): boolean {
  return (
    Object.is(value, expected) ||
    value === expected ||
    Math.abs(value - expected) <= tolerance * Math.max(1, Math.abs(expected))
  )
}

const check = <T extends [unknown, ...unknown[]]>(
  numRuns: number,
  property: fc.IAsyncPropertyWithHooks<T>,
): Promise<void> => fc.assert(property, { numRuns, seed: 7 })

describe.skipIf(!hasAddon)('standard kernels are those of backend cpu', () => {
  afterAll(() => expect(tf.engine().backendName).toBe('native-cpu'))

  const unary: Record<string, (x: Tensor) => Tensor> = {
    neg: tf.neg,
    exp: tf.exp,
    log: tf.log,
    sqrt: tf.sqrt,
    rsqrt: tf.rsqrt,
    square: tf.square,
    abs: tf.abs,
    relu: tf.relu,
    sigmoid: tf.sigmoid,
    reciprocal: tf.reciprocal,
    step: (x) => tf.step(x, 0.25),
    clip: (x) => tf.clipByValue(x, -1.5, 2),
    zerosLike: tf.zerosLike,
    onesLike: tf.onesLike,
    transpose: (x) => tf.transpose(x),
    tanh: tf.tanh,
    gelu: (x) => tf.mul(x, tf.erf(x)),
  }
  it.each(Object.entries(unary))('%s', (_, op) =>
    check(
      25,
      fc.asyncProperty(anyShape, anyValues, (shape, values) =>
        expectSame(() => op(asTensor(shape, values))),
      ),
    ),
  )

  const binary: Record<string, (a: Tensor, b: Tensor) => Tensor> = {
    add: tf.add,
    sub: tf.sub,
    mul: tf.mul,
    div: tf.div,
    maximum: tf.maximum,
    minimum: tf.minimum,
    squaredDifference: tf.squaredDifference,
    less: tf.less,
    lessEqual: tf.lessEqual,
    greater: tf.greater,
    greaterEqual: tf.greaterEqual,
    equal: tf.equal,
    notEqual: tf.notEqual,
    pow: (a, b) => tf.pow(tf.abs(a), b),
  }
  const broadcastShapes = anyShape.chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
      fc.integer({ min: 0, max: shape.length }),
      fc.boolean(),
    ),
  )
  it.each(Object.entries(binary))('%s, broadcast', (_, op) =>
    check(
      30,
      fc.asyncProperty(broadcastShapes, anyValues, anyValues, ([shape, ones, from, swap], x, y) => {
        const other = shape.map((size, i) => (ones[i] ? 1 : size)).slice(from)
        const [a, b] = swap ? [other, shape] : [shape, other]
        return expectSame(() => op(asTensor(a, x), asTensor(b, { ...y, seed: y.seed + 1 })))
      }),
    ),
  )

  it('where', () =>
    check(
      25,
      fc.asyncProperty(anyShape, anyValues, anyValues, (shape, x, y) =>
        expectSame(() =>
          tf.where(
            tf.greater(asTensor(shape, x), asTensor(shape, y)),
            asTensor(shape, x),
            asTensor(shape, y),
          ),
        ),
      ),
    ))

  it('where, a condition a row', () =>
    expectSame(() =>
      tf.where(
        tf.tensor1d([1, 0, 1], 'bool'),
        asTensor([3], { seed: 1, odd: false }),
        asTensor([3], { seed: 2, odd: true }),
      ),
    ))

  const reductions: Record<string, (x: Tensor, axes: number[], keep: boolean) => Tensor> = {
    sum: (x, axes, keep) => tf.sum(x, axes, keep),
    mean: (x, axes, keep) => tf.mean(x, axes, keep),
    max: (x, axes, keep) => tf.max(x, axes, keep),
    min: (x, axes, keep) => tf.min(x, axes, keep),
  }
  it.each(Object.entries(reductions))('%s over any axes', (_, op) =>
    check(
      40,
      fc.asyncProperty(
        anyShape.filter((shape) => shape.length > 0),
        anyValues,
        fc.integer({ min: 1, max: 15 }),
        fc.boolean(),
        (shape, values, picked, keep) => {
          const axes = [...shape.keys()].filter((axis) => picked & (1 << axis))
          fc.pre(axes.length > 0)
          return expectSame(() => op(asTensor(shape, values), axes, keep), 2e-5)
        },
      ),
    ),
  )

  it('softmax', () =>
    check(
      25,
      fc.asyncProperty(
        anyShape.filter((shape) => shape.length > 0 && !shape.includes(0)),
        anyValues,
        (shape, { seed }) => expectSame(() => tf.softmax(asTensor(shape, { seed, odd: false }))),
      ),
    ))

  it('logSoftmax', () =>
    expectSame(() => tf.logSoftmax(asTensor([5, 33], { seed: 3, odd: false }))))

  const sizes = fc.constantFrom(0, 1, 2, 3, 7, 14, 15, 16, 17, 31, 33, 64, 90)
  it('matMul, transposed or not, batches broadcast', () =>
    check(
      60,
      fc.asyncProperty(
        sizes,
        sizes,
        sizes,
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 0, max: 3 }),
        anyValues,
        (m, n, k, transposeA, transposeB, batches, { seed }) => {
          const [aBatch, bBatch] = [
            [[], []],
            [[3], [3]],
            [[2, 1], [1]],
            [[1], [4]],
          ][batches]
          const a = [...aBatch, ...(transposeA ? [k, m] : [m, k])]
          const b = [...bBatch, ...(transposeB ? [n, k] : [k, n])]
          return expectSame(
            () =>
              tf.matMul(
                asTensor(a, { seed, odd: false }),
                asTensor(b, { seed: seed + 1, odd: false }),
                transposeA,
                transposeB,
              ),
            3e-6 * (k + 1),
          )
        },
      ),
    ))

  it.each([
    [300, 70, 600],
    [37, 4100, 5],
    [5, 520, 300],
    [130, 33, 257],
  ])('matMul of %i × %i × %i, all blocks of the product', (m, n, k) =>
    expectSame(
      () =>
        tf.matMul(
          asTensor([m, k], { seed: 4, odd: false }),
          asTensor([n, k], { seed: 5, odd: false }),
          false,
          true,
        ),
      3e-6 * k,
    ),
  )

  it.each([
    [15, 33, 1024],
    [31, 64, 1500],
    [130, 45, 1030],
  ])('matMul of %i × %i, %i deep', (m, n, k) =>
    expectSame(
      () =>
        tf.matMul(
          asTensor([k, m], { seed: 4, odd: false }),
          asTensor([k, n], { seed: 5, odd: false }),
          true,
          false,
        ),
      3e-6 * k,
    ),
  )

  it('matMul keeps NaN and infinity in their rows', () =>
    expectSame(() =>
      tf.matMul(
        tf.tensor2d([
          [1, NaN],
          [2, 3],
          [Infinity, 1],
        ]),
        tf.tensor2d([
          [1, 2, 0],
          [3, 4, 5],
        ]),
      ),
    ))

  it.each(['linear', 'relu', 'sigmoid', 'elu'] as const)(
    'fused matMul with bias and %s',
    (activation) =>
      expectSame(
        () =>
          tf.fused.matMul({
            a: asTensor([5, 9], { seed: 1, odd: false }) as never,
            b: asTensor([9, 17], { seed: 2, odd: false }) as never,
            bias: asTensor([17], { seed: 3, odd: false }),
            activation,
          }),
        2e-6,
      ),
  )

  it.each(['float32', 'int32', 'bool'] as const)(
    'slice, concat, transpose and gather of %s',
    (dtype) =>
      check(
        25,
        fc.asyncProperty(
          shapeOf(3),
          fc.integer({ min: 0, max: 2 }),
          fc.nat(100),
          anyValues,
          (shape, axis, at, { seed }) => {
            fc.pre(!shape.includes(0))
            const x = (): Tensor => tf.cast(asTensor(shape, { seed, odd: false }), dtype)
            const begin = shape.map((size) => at % size)
            const size = shape.map((whole, i) => whole - begin[i])
            return expectSame(() => {
              const parts = [
                x(),
                tf.slice(
                  x(),
                  begin,
                  shape
                    .map((whole, i) => (i === axis ? size[i] : whole))
                    .map((length, i) => (i === axis ? length : shape[i] - begin[i])),
                ),
                x(),
              ]
              const same = parts.map((part) =>
                tf.slice(
                  part,
                  [0, 0, 0],
                  size.map((length, i) => (i === axis ? part.shape[i] : length)),
                ),
              )
              const joined = tf.concat(same, axis)
              const transposed = tf.transpose(
                joined,
                [
                  [1, 0, 2],
                  [2, 0, 1],
                  [0, 2, 1],
                ][axis],
              )
              const rows = transposed.shape[axis]
              return tf.cast(
                tf.gather(
                  transposed,
                  tf.tensor1d([0, rows - 1, at % rows, 0], 'int32') as Tensor1D,
                  axis,
                ),
                'float32',
              )
            })
          },
        ),
      ),
  )

  it('gather names an id that is out of range', async () => {
    await useNative()
    expect(() => tf.gather(tf.tensor2d([[1], [2]]), tf.tensor1d([2], 'int32'))).toThrow(
      'the index value 2 is not in [0, 1]',
    )
    expect(() => tf.gather(tf.tensor2d([[1], [2]]), tf.tensor1d([-1], 'int32'))).toThrow(
      'the index value -1',
    )
  })

  it('casts as JavaScript does', async () => {
    await useNative()
    const odd = [NaN, Infinity, -Infinity, -0.9, 3.99, 2 ** 31, -(2 ** 31) - 1024, 2 ** 32 + 512]
    const values = Float32Array.from([...odd, 6e9, -6e9, 2 ** 53, 2 ** 62, 1e30, -1e30, 0, -0])
    const x = tf.tensor1d(values)
    expect([...tf.cast(x, 'int32').dataSync()]).toEqual([...Int32Array.from(values)])
    expect([...tf.cast(x, 'bool').dataSync()]).toEqual(Array.from(values, (v) => (v ? 1 : 0)))
  })

  it.each([
    ['float32', 'int32'],
    ['int32', 'float32'],
    ['bool', 'float32'],
    ['bool', 'int32'],
    ['float32', 'bool'],
    ['int32', 'bool'],
  ] as const)('casts %s to %s and computes with it', (from, to) =>
    expectSame(() => tf.mul(tf.cast(tf.cast(tf.tensor1d([0, 1, 1, 3.7, -2.5]), from), to), 1.5)),
  )

  it('fills', () =>
    expectSame(() =>
      tf.concat([
        tf.zeros([3]),
        tf.ones([2]),
        tf.fill([4], 2.5),
        tf.cast(tf.fill([2], 7, 'int32'), 'float32'),
      ]),
    ))

  it('falls back for other types and kernels', () =>
    expectSame(() =>
      tf.concat([
        tf.reshape(tf.cast(tf.sum(tf.tensor1d([1, 2, 3], 'int32')), 'float32'), [1]),
        tf.cast(tf.add(tf.tensor1d([1, 2], 'int32'), tf.tensor1d([3, 4], 'int32')), 'float32'),
        tf.cumsum(tf.tensor1d([1, 2, 3])),
        tf.cast(tf.topk(tf.tensor1d([3, 1, 2]), 2).indices, 'float32'),
        tf.real(tf.complex(tf.tensor1d([1, 2]), tf.tensor1d([3, 4]))),
        tf.reshape(
          tf.conv1d(
            asTensor([6, 2], { seed: 1, odd: false }) as never,
            asTensor([3, 2, 1], { seed: 2, odd: false }) as never,
            1,
            'same',
          ),
          [-1],
        ),
      ]),
    ))

  it('keeps strings', async () => {
    await useNative()
    expect(tf.tensor(['a', 'ß']).dataSync()).toEqual(['a', 'ß'])
  })
})
