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
import { emptyCaches, rowsInCache, scatteredTables, writeRows } from '../test/paged-caches.ts'
import { type BlockCaches, joinTables, tablesOf } from './cache-pages.ts'
import type { PageTables } from './kernels.ts'

const shape = { heads: 4, keyValueHeads: 2, headDim: 3, scale: 0.6 }
const [queryWidth, keyWidth] = [12, 6]
const lengths = [70, 3, 1]
const total = 74
const q = matrix(seededValues(21, total * queryWidth), total)
const k = matrix(seededValues(22, total * keyWidth), total)
const v = matrix(seededValues(23, total * keyWidth), total)
const rowsAt = (x: Tensor2D, rows: number[]): Tensor2D =>
  tensor2d(
    rows.flatMap((row) => [...slice(x, [row, 0], [1, x.shape[1]]).dataSync()]),
    [rows.length, x.shape[1]],
  )

beforeAll(() => setBackend('cpu'))

describe('decodeAttention', () => {
  it('gives each new token the bits of the packed full pass, whichever pages it has', () => {
    const full = packedAttention(q, k, v, { ...shape, ...packedLayout(lengths) }).out.dataSync()
    const tables = scatteredTables([80, 80, 80])
    const caches = emptyCaches(6, shape)
    writeRows(k, v, caches, tables, { starts: [0], lengths: [68] })
    const step = (rows: number[], live: number[], filled: number[]): void => {
      const options = { ...shape, ...tablesOf(tables, live), lengths: Int32Array.from(filled) }
      const out = decodeAttention(
        rowsAt(q, rows),
        rowsAt(k, rows),
        rowsAt(v, rows),
        caches,
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

  it('gives sequences that share full pages the bits of sequences with pages of their own', () => {
    const run = (tables: readonly number[][], written: PageTables): number[] => {
      const caches = emptyCaches(4, shape)
      const places = { starts: [0, 0], lengths: [66, 64] }
      writeRows(k, v, caches, written, places)
      const out = decodeAttention(
        rowsAt(q, [66, 70]),
        rowsAt(k, [66, 70]),
        rowsAt(v, [66, 70]),
        caches,
        {
          ...shape,
          ...joinTables(tables),
          lengths: Int32Array.of(66, 64),
        },
      )
      return [...new Int32Array(out.dataSync().buffer)]
    }
    const own = run(
      [
        [0, 1],
        [2, 3],
      ],
      joinTables([
        [0, 1],
        [2, 3],
      ]),
    )
    // The second one's prompt is the first page of the first one's.
    expect(
      run(
        [
          [0, 1],
          [0, 3],
        ],
        joinTables([[0, 1], [0]]),
      ),
    ).toEqual(own)
  })

  it('leaves no tensor behind', () => {
    const caches = emptyCaches(1, shape)
    const first = (x: Tensor2D): Tensor2D => slice(x, [0, 0], [1, x.shape[1]])
    const inputs: [Tensor2D, Tensor2D, Tensor2D] = [first(q), first(k), first(v)]
    const decode = (length: number): void =>
      decodeAttention(...inputs, caches, {
        ...shape,
        ...joinTables([[0]]),
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

  it('refuses full pages, pages that are not there, and one that two sequences hold and one grows', () => {
    const caches = emptyCaches(3, shape)
    const decode = (tables: readonly number[][], filled: number[]) => (): Tensor2D => {
      const rows = filled.map((_, i) => i)
      return decodeAttention(rowsAt(q, rows), rowsAt(k, rows), rowsAt(v, rows), caches, {
        ...shape,
        ...joinTables(tables),
        lengths: Int32Array.from(filled),
      })
    }
    expect(decode([[0]], [64])).toThrow('sequence 0 has 1 pages of 64 rows, and may need 65 rows')
    expect(decode([[3]], [0])).toThrow('page 3 of sequence 0 is not in [0, 3)')
    const shared = 'sequence 1 writes to page 0, which sequence 0 holds too'
    expect(decode([[0, 1], [0]], [64, 8])).toThrow(shared)
    expect(decode([[0], [0]], [1, 8])).toThrow('sequence 0 writes to page 0, which sequence 1')
    expect(decode([[0]], [])).toThrow('0 sequences need as many lengths and one more table start')
    expect(() =>
      decodeAttention(
        q,
        k,
        v,
        { keys: [], values: [] },
        { ...shape, ...joinTables([]), lengths: new Int32Array(0) },
      ),
    ).toThrow('the cache has 0 slabs of keys and 0 of values')
  })
})

describe('writeCache', () => {
  const row = (...values: number[]): Tensor2D => tensor2d(values, [values.length, 1])
  const none = new Int32Array(0)
  const cache = (): BlockCaches => ({
    keys: [1, 2].map((pages) => variable(zeros([pages, 64, 1]))),
    values: [1, 2].map((pages) => variable(zeros([pages, 64, 1]))),
  })

  it('copies the named rows and nothing else, into every slab', () => {
    const caches = cache()
    writeCache(row(5, 6), row(7, 8), caches, {
      sources: Int32Array.of(1, 0, 1),
      pages: Int32Array.of(0, 1, 2),
      rows: Int32Array.of(1, 63, 0),
    })
    const all = { pages: Int32Array.of(0, 1, 2), tableStarts: Int32Array.of(0, 3) }
    const found = (slabs: readonly Variable[]): [number, number][] =>
      [...rowsInCache(slabs, all, 192, 1).dataSync()].flatMap((x, i) => (x === 0 ? [] : [[i, x]]))
    expect(found(caches.keys)).toEqual([
      [1, 6],
      [127, 5],
      [128, 6],
    ])
    expect(found(caches.values)).toEqual([
      [1, 8],
      [127, 7],
      [128, 8],
    ])
  })

  it('accepts nothing to write', () => {
    const caches = cache()
    writeCache(row(5), row(5), caches, { sources: none, pages: none, rows: none })
    expect(caches.keys[0].dataSync().every((x) => x === 0)).toBe(true)
  })

  it.each([
    ['a row', 0, 64],
    ['a page', 3, 0],
  ])('refuses %s outside the cache', (_, page, at) => {
    const write = (): void =>
      writeCache(row(5), row(5), cache(), {
        sources: Int32Array.of(0),
        pages: Int32Array.of(page),
        rows: Int32Array.of(at),
      })
    expect(write).toThrow('lies outside')
  })
})
