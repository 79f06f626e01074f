import {
  gather,
  matMul,
  memory,
  setBackend,
  slice,
  type Tensor,
  tensor,
  tensor1d,
  util,
} from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectClose } from '../test/expect-close.ts'
import { seededValues } from '../test/seeded-values.ts'
import { registerWasmKernels } from './wasm-kernels.ts'

const of = (seed: number, ...shape: number[]): Tensor =>
  tensor(Float32Array.from(seededValues(seed, util.sizeFromShape(shape))), shape)

const PRODUCTS: readonly (readonly [number[], number[], boolean, boolean])[] = [
  [[5, 7], [7, 9], false, false],
  [[5, 7], [9, 7], false, true],
  [[7, 5], [7, 9], true, false],
  [[7, 5], [9, 7], true, true],
  [[1, 64], [168, 64], false, true],
  [[1, 200, 33], [1, 17, 33], false, true],
  [[4, 6, 16], [4, 11, 16], false, true],
  [[2, 4, 16, 6], [2, 4, 16, 11], true, false],
]
const SLICES: readonly (readonly [number[], number[], number[]])[] = [
  [
    [6, 4],
    [0, 0],
    [6, 4],
  ],
  [
    [6, 4],
    [2, 0],
    [3, 4],
  ],
  [
    [6, 4],
    [2, 1],
    [3, 2],
  ],
  [
    [6, 4],
    [3, 0],
    [0, 4],
  ],
  [
    [3, 6, 4],
    [1, 0, 0],
    [1, 6, 4],
  ],
  [
    [3, 6, 4],
    [1, 2, 0],
    [1, 3, 4],
  ],
]
const GATHERS: readonly (readonly [number[], number[], number])[] = [
  [[6, 4], [0, 1, 2, 5, 5, 3, 4], 0],
  [[6, 4], [], 0],
  [[6, 4], [3, 0], 1],
  [[3, 2, 4], [2, 0, 1], 0],
  [[9], [8, 0, 1, 2], 0],
]

interface Found {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

function found(result: Tensor): Found {
  return { shape: result.shape, values: result.dataSync<'float32'>() }
}

const products = (): Found[] =>
  PRODUCTS.map(([a, b, ...transposes]) => found(matMul(of(1, ...a), of(2, ...b), ...transposes)))
const copies = (): Found[] => [
  ...SLICES.map(([x, begin, size]) => found(slice(of(3, ...x), begin, size))),
  ...GATHERS.map(([x, places, axis]) =>
    found(gather(of(4, ...x), tensor1d(places, 'int32'), axis)),
  ),
]

describe('registerWasmKernels', () => {
  let usual: { readonly products: Found[]; readonly copies: Found[] }

  beforeAll(async () => {
    expect(registerWasmKernels).toThrow("import '@tensorflow/tfjs-backend-wasm' before")
    await import('@tensorflow/tfjs-backend-wasm')
    await setBackend('wasm')
    usual = { products: products(), copies: copies() }
    registerWasmKernels()
  })

  it('keeps products, but for their last bits', () => {
    products().forEach(({ shape, values }, i) => {
      expect(shape).toEqual(usual.products[i].shape)
      expectClose(values, usual.products[i].values, 1e-5)
    })
  })

  it('gives a row the same bits whatever rows are beside it', () => {
    const [x, weight] = [of(5, 37, 64), of(6, 168, 64)]
    const all = found(matMul(x, weight, false, true)).values
    for (const row of [0, 5, 36]) {
      const alone = found(matMul(slice(x, [row, 0], [1, 64]), weight, false, true)).values
      expect(alone).toEqual(all.subarray(168 * row, 168 * (row + 1)))
    }
  })

  it('copies the same bits, of integers too', () => {
    expect(copies()).toEqual(usual.copies)
    const ids = tensor1d([7, 8, 9], 'int32')
    expect([...slice(ids, [1], [2]).dataSync()]).toEqual([8, 9])
    expect([...gather(ids, tensor1d([2, 0], 'int32')).dataSync()]).toEqual([9, 7])
  })

  it('refuses a row that is not there, as before', () => {
    for (const place of [-1, 6])
      expect(() => gather(of(7, 6, 4), tensor1d([0, place], 'int32'))).toThrow('not in [0, 5]')
  })

  it('leaves no memory behind, and changes nothing when it is called again', () => {
    const [x, weight] = [of(8, 3, 5), of(9, 4, 5)]
    registerWasmKernels()
    const before = memory()
    for (let i = 0; i < 3; i++) matMul(x, weight, false, true).dispose()
    expect(memory().numTensors).toBe(before.numTensors)
    expect(memory().numDataBuffers).toBe(before.numDataBuffers)
  })
})
