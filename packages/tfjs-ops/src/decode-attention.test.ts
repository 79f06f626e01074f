import '@tensorflow/tfjs-backend-cpu'
import { memory, setBackend, slice, tensor2d, variable, zeros } from '@tensorflow/tfjs-core'
import type { Tensor2D, Variable } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectSameBits } from '../test/expect-close.ts'
import { matrix } from '../test/matrix.ts'
import { seededValues } from '../test/seeded-values.ts'
import { decodeAttention } from './decode-attention.ts'
import { packedAttention } from './packed-attention.ts'
import { packedLayout } from './packed-layout.ts'
import { writeCache } from './write-cache.ts'

const shape = { heads: 4, keyValueHeads: 2, headDim: 3, scale: 0.6 }
const [queryWidth, keyWidth] = [12, 6]
const lengths = [70, 3, 1]
const total = 74
const q = matrix(seededValues(21, total * queryWidth), total)
const k = matrix(seededValues(22, total * keyWidth), total)
const v = matrix(seededValues(23, total * keyWidth), total)
const cacheOf = (slots: number, capacity: number): Variable =>
  variable(zeros([slots, capacity, keyWidth]))
const rowsAt = (x: Tensor2D, rows: number[]): Tensor2D =>
  tensor2d(
    rows.flatMap((row) => [...slice(x, [row, 0], [1, x.shape[1]]).dataSync()]),
    [rows.length, x.shape[1]],
  )

beforeAll(() => setBackend('cpu'))

describe('decodeAttention', () => {
  it('gives each new token the bits of the packed full pass', () => {
    const full = packedAttention(q, k, v, { ...shape, ...packedLayout(lengths) }).out.dataSync()
    const [keyCache, valueCache] = [cacheOf(4, 80), cacheOf(4, 80)]
    const slots = Int32Array.of(3, 0, 2)
    const prompt = Int32Array.from({ length: 68 }, (_, i) => i)
    const intoSlot3 = { sources: prompt, slots: prompt.map(() => 3), rows: prompt }
    writeCache(k, keyCache, intoSlot3)
    writeCache(v, valueCache, intoSlot3)
    const step = (rows: number[], live: number[], filled: number[]): void => {
      const options = {
        ...shape,
        slots: Int32Array.from(live, (i) => slots[i]),
        lengths: Int32Array.from(filled),
      }
      const out = decodeAttention(
        rowsAt(q, rows),
        rowsAt(k, rows),
        rowsAt(v, rows),
        keyCache,
        valueCache,
        options,
      ).dataSync()
      rows.forEach((row, i) =>
        expectSameBits(
          out.subarray(i * queryWidth, (i + 1) * queryWidth),
          full.subarray(row * queryWidth, (row + 1) * queryWidth),
        ),
      )
    }
    step([68, 70, 73], [0, 1, 2], [68, 0, 0])
    step([71, 69], [1, 0], [1, 69])
    step([72], [1], [2])
  })

  it('leaves no tensor behind', () => {
    const [keyCache, valueCache] = [cacheOf(1, 4), cacheOf(1, 4)]
    const first = (x: Tensor2D): Tensor2D => slice(x, [0, 0], [1, x.shape[1]])
    const inputs: [Tensor2D, Tensor2D, Tensor2D] = [first(q), first(k), first(v)]
    const decode = (length: number): void =>
      decodeAttention(...inputs, keyCache, valueCache, {
        ...shape,
        slots: Int32Array.of(0),
        lengths: Int32Array.of(length),
      }).dispose()
    decode(0)
    const before = memory()
    decode(1)
    expect(memory()).toMatchObject({
      numTensors: before.numTensors,
      numBytes: before.numBytes,
      numDataBuffers: before.numDataBuffers,
    })
  })

  it('refuses a full slot and a slot named twice', () => {
    const [keyCache, valueCache] = [cacheOf(1, 2), cacheOf(1, 2)]
    const decode = (slots: number[], filled: number[]) => (): Tensor2D =>
      decodeAttention(rowsAt(q, slots), rowsAt(k, slots), rowsAt(v, slots), keyCache, valueCache, {
        ...shape,
        slots: Int32Array.from(slots),
        lengths: Int32Array.from(filled),
      })
    expect(decode([0], [2])).toThrow('slot 0 holds 2 of 2 rows: no room')
    expect(decode([0, 0], [0, 1])).toThrow('two tokens share a slot')
    expect(decode([1], [0])).toThrow("slot 1 lies outside the cache's 1")
  })
})

describe('writeCache', () => {
  it('copies the named rows and nothing else', () => {
    const cache = variable(zeros([2, 2, 1]))
    writeCache(tensor2d([[5], [6]]), cache, {
      sources: Int32Array.of(1, 0, 1),
      slots: Int32Array.of(0, 1, 1),
      rows: Int32Array.of(1, 0, 1),
    })
    expect([...cache.dataSync()]).toEqual([0, 6, 5, 6])
  })

  it('accepts nothing to write', () => {
    const cache = variable(zeros([1, 1, 1]))
    writeCache(tensor2d([[5]]), cache, {
      sources: new Int32Array(0),
      slots: new Int32Array(0),
      rows: new Int32Array(0),
    })
    expect([...cache.dataSync()]).toEqual([0])
  })

  it('refuses a row outside the cache', () => {
    const write = (row: number) => (): void =>
      writeCache(tensor2d([[5]]), variable(zeros([1, 1, 1])), {
        sources: Int32Array.of(0),
        slots: Int32Array.of(0),
        rows: Int32Array.of(row),
      })
    expect(write(1)).toThrow('lies outside')
  })
})
