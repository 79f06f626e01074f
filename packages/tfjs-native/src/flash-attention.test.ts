import { concat, exp, log, slice, tensor1d } from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import { decodeAttention, packedAttention, packedAttentionGradient, toBf16 } from '@icrl/tfjs-ops'
import type { AttentionShape, Bf16Matrix, PackedLayout } from '@icrl/tfjs-ops'
import { describe, expect, it } from 'vitest'
import { emptyCaches, scatteredTables, writeRows } from '../../tfjs-ops/test/paged-caches.ts'
import { hasShim, useShim } from '../test/cuda-shim.ts'
import { bits, rows2d } from '../test/everything.ts'
import { hasAddon, useNative } from '../test/native.ts'
import { RULES, tensorCoreProduct } from '../test/tensor-core-rule.ts'

const bf16 = (seed = 0): Promise<void> => useShim({ seed, backend: 'native-cuda-bf16' })
const shapeOf = (headDim: number): AttentionShape => ({
  heads: 4,
  keyValueHeads: 2,
  headDim,
  scale: headDim ** -0.5,
})
/** Two segments over a shared one, one of a single row, and one of its own. */
const chained: PackedLayout = {
  starts: Int32Array.of(0, 40, 71, 72, 140),
  prefix: Int32Array.of(-1, 0, 0, -1),
}
const alone = (rows: number): PackedLayout => ({
  starts: Int32Array.of(0, rows),
  prefix: Int32Array.of(-1),
})
const inputsOf = (rows: number, headDim: number): [Tensor2D, Tensor2D, Tensor2D] => [
  rows2d(rows, 4 * headDim, 1, 2),
  rows2d(rows, 2 * headDim, 2, 2),
  rows2d(rows, 2 * headDim, 3),
]
const numbers = (tensor: Tensor): Float32Array => tensor.dataSync<'float32'>().slice()
function distance(found: Float32Array, expected: Float32Array): number {
  return Math.hypot(...found.map((x, i) => x - expected[i])) / Math.hypot(...expected)
}
const chunk = (all: readonly number[], from: number, to: number, width: number): number[] =>
  all.slice(from * width, to * width)

/**
 * One head, written out: blocks of 64 keys, products by the rule of the tensor cores, sums in the
 * order of a warp (lanes of four, then their tree).
 */
function attendByHand(
  q: Float32Array,
  k: Float32Array,
  v: Float32Array,
  rows: number,
  d: number,
): Record<'out' | 'logsumexp', Float32Array> {
  const { fround } = Math
  const scale = fround(d ** -0.5)
  const expOf = (x: number[]): Float32Array => numbers(exp(tensor1d(x)))
  const out = new Float32Array(rows * d)
  const logsumexp = new Float32Array(rows)
  for (let r = 0; r < rows; r++) {
    let [largest, total] = [-Infinity, 0]
    let sums: Float32Array = new Float32Array(d)
    for (let j0 = 0; j0 <= r; j0 += 64) {
      const seen = Math.min(64, r + 1 - j0)
      const scores = tensorCoreProduct(
        [1, 64, d],
        (_, p) => q[r * d + p],
        (p, j) => (j0 + j < rows ? k[(j0 + j) * d + p] : 0),
        RULES.sm_90,
      ).map((x, j) => (j < seen ? fround(x * scale) : -Infinity))
      const now = Math.max(largest, ...scores)
      const weights = expOf([...scores].map((x) => x - now))
      const lanes = [0, 1, 2, 3].map((pair) => {
        let sum = 0
        for (let tile = 0; tile < 8; tile++)
          for (let o = 0; o < 2; o++) sum = fround(sum + weights[8 * tile + 2 * pair + o])
        return sum
      })
      const block = fround(fround(lanes[0] + lanes[1]) + fround(lanes[2] + lanes[3]))
      const correction = total === 0 || now === largest ? 1 : expOf([fround(largest - now)])[0]
      total = fround(total * correction + block)
      largest = now
      sums = tensorCoreProduct(
        [1, d, 64],
        (_, j) => weights[j],
        (j, p) => (j0 + j < rows ? v[(j0 + j) * d + p] : 0),
        RULES.sm_90,
        sums.map((x) => x * correction),
      )
    }
    for (let p = 0; p < d; p++) out[r * d + p] = sums[p] / total
    logsumexp[r] = largest + numbers(log(tensor1d([total])))[0]
  }
  return { out, logsumexp }
}

describe.skipIf(!hasShim)('attention of native-cuda-bf16', () => {
  it('has the bits of its definition', { timeout: 60_000 }, async () => {
    await bf16(1)
    const [rows, d] = [70, 20]
    const one: AttentionShape = { heads: 1, keyValueHeads: 1, headDim: d, scale: d ** -0.5 }
    const [q, k, v] = [rows2d(rows, d, 1, 2), rows2d(rows, d, 2, 2), rows2d(rows, d, 3)]
    const found = packedAttention(q, k, v, { ...one, ...alone(rows) })
    const expected = attendByHand(numbers(q), numbers(k), numbers(v), rows, d)
    expect([...numbers(found.out)]).toEqual([...expected.out])
    expect([...numbers(found.logsumexp)]).toEqual([...expected.logsumexp])
  })

  it('has the same gradient where queries, keys and values were kept in bf16', async () => {
    await bf16(1)
    const rows = chained.starts.at(-1) as number
    const options = { ...shapeOf(20), ...chained }
    const [q, k, v] = inputsOf(rows, 20)
    const { out, logsumexp } = packedAttention(q, k, v, options)
    const gradients = (kept: (x: Tensor2D) => Tensor2D | Bf16Matrix): number[][] =>
      Object.values(
        packedAttentionGradient(
          rows2d(rows, 80, 4),
          { q: kept(q), k: kept(k), v: kept(v), out, logsumexp },
          options,
        ),
      ).map(bits)
    expect(gradients(toBf16)).toEqual(gradients((x) => x))
  })

  it.skipIf(!hasAddon).each([4, 20, 64, 100])(
    'is within 2e-2 of float32, and its gradient: heads of %i, prefixes shared',
    { timeout: 60_000 },
    async (headDim) => {
      const rows = chained.starts.at(-1) as number
      const options = { ...shapeOf(headDim), heads: 2, keyValueHeads: 1, ...chained }
      const run = (): Float32Array[] => {
        const [q, k, v] = [2, 1, 1].map((heads, i) => rows2d(rows, heads * headDim, i, 2))
        const forward = packedAttention(q, k, v, options)
        const gradient = packedAttentionGradient(
          rows2d(rows, 2 * headDim, 4),
          { q, k, v, ...forward },
          options,
        )
        return [...Object.values(forward), ...Object.values(gradient)].map((x) => numbers(x))
      }
      await bf16(2)
      const found = run()
      if (headDim === 20) {
        await bf16(3)
        expect(run()).toEqual(found)
      }
      await useNative()
      const expected = run()
      found.forEach((each, i) => expect(distance(each, expected[i])).toBeLessThan(2e-2))
      expect(found[0]).not.toEqual(expected[0])
    },
  )

  it.each([2, 3, 4])(
    'gives a head the same bits alone as among the %i of its group',
    async (heads) => {
      await bf16(6)
      const [rows, headDim] = [37, 16]
      const of = (count: number): AttentionShape => ({
        ...shapeOf(headDim),
        heads: count,
        keyValueHeads: 1,
      })
      const [q, k, v] = [heads, 1, 1].map((count, i) => rows2d(rows, count * headDim, i, 2))
      const all = packedAttention(q, k, v, { ...of(heads), ...alone(rows) })
      for (let head = 0; head < heads; head++) {
        const own = slice(q, [0, head * headDim], [rows, headDim])
        const single = packedAttention(own, k, v, { ...of(1), ...alone(rows) })
        expect(bits(slice(all.out, [0, head * headDim], [rows, headDim]))).toEqual(bits(single.out))
        expect(bits(slice(all.logsumexp, [0, head], [rows, 1]))).toEqual(bits(single.logsumexp))
      }
    },
  )

  it('gives a token the same bits in decode as in a full pass', async () => {
    await bf16(4)
    const [rows, headDim] = [131, 20]
    const shape = shapeOf(headDim)
    const [q, k, v] = inputsOf(rows, headDim)
    const full = bits(packedAttention(q, k, v, { ...shape, ...alone(rows) }).out)
    for (const at of [0, 17, 63, 64, 130]) {
      const tables = scatteredTables([140])
      const caches = emptyCaches(3, shape)
      expect(caches.keys[0].dtype).toBe('int32')
      writeRows(k, v, caches, tables, { starts: [0], lengths: [at] })
      const row = (x: Tensor2D): Tensor2D => slice(x, at, 1)
      const out = decodeAttention(row(q), row(k), row(v), caches, {
        ...shape,
        ...tables,
        lengths: Int32Array.of(at),
      })
      expect(bits(out)).toEqual(chunk(full, at, at + 1, 4 * headDim))
    }
  })

  it('gives rows the same bits over a shared prefix as over a copy of it', async () => {
    await bf16(5)
    const [prefix, own, headDim] = [40, 31, 16]
    const shape = shapeOf(headDim)
    const [q, k, v] = inputsOf(prefix + 2 * own, headDim)
    const shared = bits(
      packedAttention(q, k, v, {
        ...shape,
        starts: Int32Array.of(0, prefix, prefix + own, prefix + 2 * own),
        prefix: Int32Array.of(-1, 0, 0),
      }).out,
    )
    for (const start of [prefix, prefix + own]) {
      const copied = (x: Tensor2D): Tensor2D => concat([slice(x, 0, prefix), slice(x, start, own)])
      const parts = [q, k, v].map((x) => copied(x))
      const out = bits(
        packedAttention(parts[0], parts[1], parts[2], { ...shape, ...alone(prefix + own) }).out,
      )
      expect(chunk(shared, start, start + own, 4 * headDim)).toEqual(
        chunk(out, prefix, prefix + own, 4 * headDim),
      )
    }
  })

  it('leaves heads of more than 128 numbers in float32', async () => {
    const run = (): number[] => {
      const [q, k, v] = inputsOf(9, 130)
      return bits(packedAttention(q, k, v, { ...shapeOf(130), ...alone(9) }).out)
    }
    await bf16()
    const found = run()
    await useShim()
    expect(run()).toEqual(found)
  })
})
