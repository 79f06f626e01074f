import {
  canFillWeights,
  fillWeight,
  fromBf16,
  isBf16,
  toBf16,
  uninitializedWeight,
  type StoredFloatType,
} from '@icrl/tfjs-ops'
import { tensor2d } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { instructionSets, useNative } from '../../test/native.ts'

/** Every number of two bytes, finite or not, and some of four. */
const halves = Uint16Array.from({ length: 1 << 16 }, (_, i) => i)

/** As files mean them, written anew: sign, exponent, fraction. */
function numberOf(half: number, type: StoredFloatType): number {
  if (type === 'BF16') return new Float32Array(Uint32Array.of(half << 16).buffer)[0]
  const [sign, exponent, fraction] = [half >> 15 ? -1 : 1, (half >> 10) & 31, half & 1023]
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return exponent === 0
    ? sign * fraction * 2 ** -24
    : sign * (1024 + fraction) * 2 ** (exponent - 25)
}

const isFinite = (half: number, type: StoredFloatType): boolean =>
  Number.isFinite(numberOf(half, type))

describe.each(instructionSets())('weights filled from bytes, on %s', (isa) => {
  beforeAll(() => useNative({ isa, threads: 2 }))

  it.each(['BF16', 'F16'] as const)('hold every finite number of %s, exactly', (type) => {
    expect(canFillWeights()).toBe(true)
    const finite = halves.filter((half) => isFinite(half, type))
    const weight = uninitializedWeight([2, finite.length / 2], 'float32')
    const bytes = new Uint8Array(finite.buffer)
    const cut = 2 * 1001
    expect(fillWeight(weight, bytes.slice(cut), { type, from: 1001 })).toBeUndefined()
    expect(fillWeight(weight, bytes.subarray(0, cut), { type, from: 0 })).toBeUndefined()
    const found = (weight as Exclude<typeof weight, { storage: string }>).dataSync()
    const wrong = finite.findIndex((half, i) => !Object.is(found[i], numberOf(half, type)))
    expect(wrong).toBe(-1)
  })

  it.each(['F32', 'BF16', 'F16'] as const)(
    'are rounded from %s as toBf16 rounds, row by row',
    (type) => {
      for (const columns of [1, 2, 7, 64]) {
        const numbers = Float32Array.from({ length: 5 * columns }, (_, i) =>
          type === 'F32'
            ? Math.fround(Math.sin(i) * 10 ** (i % 9))
            : numberOf(0x3000 + 37 * i, type),
        )
        const stored =
          type === 'F32'
            ? numbers
            : Uint16Array.from({ length: numbers.length }, (_, i) => 0x3000 + 37 * i)
        const weight = uninitializedWeight([5, columns], 'bf16')
        expect(fillWeight(weight, new Uint8Array(stored.buffer), { type, from: 0 })).toBeUndefined()
        if (!isBf16(weight as never)) throw new Error('no bf16 matrix')
        const expected = toBf16(tensor2d(numbers, [5, columns]))
        const matrix = weight as typeof expected
        expect(matrix.bits.dataSync()).toEqual(expected.bits.dataSync())
        expect(fromBf16(matrix).shape).toEqual([5, columns])
      }
    },
  )

  it.each([
    ['F32', new Uint8Array(Float32Array.of(1, 2, NaN, Infinity).buffer), 2],
    ['BF16', new Uint8Array(Uint16Array.of(0, 0x7f80).buffer), 1],
    ['F16', new Uint8Array(Uint16Array.of(0xfc00, 0).buffer), 0],
  ] as const)('name the first number of %s that is none', (type, bytes, at) => {
    for (const storage of ['float32', 'bf16'] as const)
      expect(fillWeight(uninitializedWeight([1, 20], storage), bytes, { type, from: 10 })).toBe(
        10 + at,
      )
  })

  it('name it in any block', () => {
    const numbers = new Float32Array(300_000)
    numbers[299_999] = NaN
    const weight = uninitializedWeight([300_000], 'float32')
    expect(fillWeight(weight, new Uint8Array(numbers.buffer), { type: 'F32', from: 0 })).toBe(
      299_999,
    )
  })
})
