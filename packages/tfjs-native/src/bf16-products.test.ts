import { matMul, setBackend, tensor2d, tensor3d, tidy } from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import {
  linearProduct,
  qkvProjection,
  qkvProjectionGradient,
  toBf16,
  weightGradient,
} from '@icrl/tfjs-ops'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { blockCase } from '../../tfjs-ops/test/block-parts.ts'
import { hasShim, shimAddon, useShim, type ShimOptions } from '../test/cuda-shim.ts'
import { hasAddon, useNative } from '../test/native.ts'
import { type Elements, RULES, tensorCoreProduct } from '../test/tensor-core-rule.ts'

const bf16 = (options: ShimOptions = {}): Promise<void> =>
  useShim({ ...options, backend: 'native-cuda-bf16' })

/** Numbers of very different size, so that sums are cut, with zeros among them. */
const elements =
  (seed: number): Elements =>
  (i, j) => {
    const x = Math.sin(seed + 12.9898 * i + 78.233 * j) * 43758.5453
    const fraction = x - Math.floor(x)
    return fraction < 0.1 ? 0 : (fraction - 0.55) * 2 ** (((i * 7 + j * 13) % 23) - 11)
  }
const matrix = (rows: number, columns: number, at: Elements): Tensor2D =>
  tensor2d(
    Float32Array.from({ length: rows * columns }, (_, n) =>
      at(Math.floor(n / columns), n % columns),
    ),
    [rows, columns],
  )
const flipped =
  (at: Elements): Elements =>
  (i, j) =>
    at(j, i)
const bits = (values: Float32Array): number[] => [
  ...new Int32Array(values.buffer, values.byteOffset, values.length),
]
const bitsOf = (tensor: Tensor): number[] => bits(tensor.dataSync<'float32'>().slice())

const [a, b] = [elements(1), elements(2)]

afterEach(() => void vi.unstubAllEnvs())

// One of each tile: few rows, few columns, up to 32 of either, neither small, both large.
const SHAPES = [
  [1, 70, 33],
  [70, 5, 16],
  [20, 90, 100],
  [65, 40, 130],
  [70, 67, 129],
  [257, 259, 17],
] as const

describe.skipIf(!hasShim)('products of native-cuda-bf16', () => {
  describe.each(['sm_90', 'sm_80'] as const)('on the tensor cores of %s', (architecture) => {
    it.each(SHAPES)('follow the rule: %i × %i, k %i', { timeout: 60_000 }, async (m, n, k) => {
      await bf16({ seed: 1, architecture })
      const expected = bits(tensorCoreProduct([m, n, k], a, b, RULES[architecture]))
      const differences = (product: Tensor): number =>
        bitsOf(product).filter((bit, i) => bit !== expected[i]).length
      expect(differences(matMul(matrix(m, k, a), matrix(k, n, b)))).toBe(0)
      expect(differences(matMul(matrix(m, k, a), matrix(n, k, flipped(b)), false, true))).toBe(0)
      expect(differences(matMul(matrix(k, m, flipped(a)), matrix(k, n, b), true, false))).toBe(0)
    })
  })

  it('have the same bits from warpgroups, in every schedule', { timeout: 60_000 }, async () => {
    // More tiles along k than are on their way at once.
    const [m, n, k] = [130, 140, 300]
    const product = (): number[] => bitsOf(matMul(matrix(m, k, a), matrix(k, n, b)))
    await bf16()
    const expected = product()
    for (const seed of [0, 1, 2, 3]) {
      await bf16({ seed, architecture: 'sm_90' })
      expect(product()).toEqual(expected)
    }
    vi.stubEnv('ICRL_CUDA_GEMM', 'mma')
    expect(product()).toEqual(expected)
    vi.stubEnv('ICRL_CUDA_GEMM', 'all')
    expect(product).toThrow('ICRL_CUDA_GEMM is all; it can be mma or nothing')
  })

  it('have them where warpgroups add to what is there', { timeout: 60_000 }, async () => {
    const run = (): number[] => {
      const shape = {
        rows: 129,
        width: 128,
        heads: 2,
        keyValueHeads: 2,
        headDim: 64,
        hidden: 16,
        headNorms: true,
        biased: false,
      }
      const { weights, x, positions, shape: options } = blockCase(shape)
      const before = qkvProjection(x, positions, weights, options)
      const slopes = {
        drotatedQuery: before.rotatedQuery,
        drotatedKey: before.rotatedKey,
        dvalue: before.value,
        dresidual: x,
      }
      const found = qkvProjectionGradient(slopes, { x, ...before }, positions, weights, options)
      return bitsOf(found.dx)
    }
    await bf16()
    const expected = run()
    await bf16({ seed: 1, architecture: 'sm_90' })
    expect(run()).toEqual(expected)
  })

  it('differ between the generations', async () => {
    const [m, n, k] = [20, 30, 64]
    const on = async (architecture: string): Promise<number[]> => {
      await bf16({ architecture })
      return bitsOf(matMul(matrix(m, k, a), matrix(k, n, b)))
    }
    expect(await on('sm_80')).not.toEqual(await on('sm_90'))
  })

  it('take weights that are bf16 already as they are', async () => {
    await bf16({ seed: 2 })
    // Rows of 96 bf16s are read in place; rows of 70 begin where no vector does.
    for (const k of [96, 70]) {
      const weight = toBf16(matrix(50, k, a))
      const expected = tensorCoreProduct([9, 50, k], b, flipped(a), RULES.sm_90)
      expect(bitsOf(linearProduct(matrix(9, k, b), weight))).toEqual(bits(expected))
    }
  })

  it('give a weight the same gradient where its input was kept in bf16', async () => {
    await bf16({ seed: 2 })
    for (const width of [96, 71]) {
      const [dy, x] = [matrix(50, 30, a), matrix(50, width, b)]
      expect(bitsOf(weightGradient(dy, toBf16(x)))).toEqual(bitsOf(weightGradient(dy, x)))
    }
  })

  it('go through a batch', async () => {
    await bf16()
    const [m, n, k] = [3, 9, 21]
    const parts = [1, 2, 3].map((seed) => elements(seed))
    const numbers = parts.flatMap((at) => [...matrix(m, k, at).dataSync()])
    const product = matMul(tensor3d(numbers, [3, m, k]), matrix(k, n, b))
    expect(bitsOf(product)).toEqual(
      parts.flatMap((at) => bits(tensorCoreProduct([m, n, k], at, b, RULES.sm_90))),
    )
  })

  it('give a row the same bits alone as among others, on every side and tile', async () => {
    await bf16({ seed: 3 })
    const [n, k] = [300, 72]
    const weight = matrix(k, n, b)
    const row = bitsOf(matMul(matrix(1, k, a), weight))
    for (const rows of [2, 12, 40, 260])
      expect(bitsOf(matMul(matrix(rows, k, a), weight)).slice(0, n)).toEqual(row)
  })

  it('carry infinities, and make a NaN of one kind', async () => {
    await bf16()
    const x = tensor2d([
      [Infinity, 1],
      [Infinity, -Infinity],
      [NaN, 1],
      [3e38, 3e38],
    ])
    const y = [...matMul(x, tensor2d([[1], [1]])).dataSync()]
    expect(y).toEqual([Infinity, NaN, NaN, Infinity])
  })

  it('leave nothing behind', async () => {
    await bf16()
    const before = shimAddon().scratchBytes()
    for (let i = 0; i < 3; i++) tidy(() => void matMul(matrix(40, 64, a), matrix(64, 40, b)))
    expect(shimAddon().scratchBytes() - before).toBeLessThanOrEqual(1 << 20)
  })

  it.skipIf(!hasAddon)('are within 2e-2 of float32', async () => {
    const product = (): Float32Array =>
      matMul(matrix(60, 200, a), matrix(200, 60, b))
        .dataSync<'float32'>()
        .slice()
    await bf16()
    const found = product()
    await useNative()
    const expected = product()
    const norm = (x: ArrayLike<number>): number => Math.hypot(...Array.from(x))
    expect(norm(found.map((x, i) => x - expected[i])) / norm(expected)).toBeLessThan(1e-2)
  })

  it('leave native-cuda as it is', async () => {
    await useShim()
    const product = (): number[] => bitsOf(matMul(matrix(9, 40, a), matrix(40, 9, b)))
    const before = product()
    await setBackend('native-cuda-bf16')
    expect(product()).not.toEqual(before)
    await setBackend('native-cuda')
    expect(product()).toEqual(before)
  })
})
