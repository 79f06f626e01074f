import { fill, tensor } from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import { type BlockCaches, type CacheRowShape, cacheSlab, PAGE_ROWS } from '../src/cache-pages.ts'
import { joinTables } from '../src/cache-pages.ts'
import type { PageTables } from '../src/kernels.ts'
import { writeCache } from '../src/write-cache.ts'

/** A cache whose pages are all NaN, in two slabs if it has more than one. */
export function emptyCaches(pages: number, shape: CacheRowShape): BlockCaches {
  const sizes = pages > 1 ? [Math.floor(pages / 2), Math.ceil(pages / 2)] : [pages]
  const caches = {
    keys: sizes.map((size) => cacheSlab(size, shape)),
    values: sizes.map((size) => cacheSlab(size, shape)),
  }
  const all = Int32Array.from({ length: pages * PAGE_ROWS }, (_, i) => i)
  const nothing: Tensor2D = fill([1, shape.keyValueHeads * shape.headDim], NaN)
  writeCache(nothing, nothing, caches, {
    sources: all.map(() => 0),
    pages: all.map((i) => Math.floor(i / PAGE_ROWS)),
    rows: all.map((i) => i % PAGE_ROWS),
  })
  nothing.dispose()
  return caches
}

/**
 * Tables of sequences with room for so many rows each: their pages lie among each other's, the last
 * one first.
 */
export function scatteredTables(rows: readonly number[]): PageTables {
  const counts = rows.map((count) => Math.ceil(count / PAGE_ROWS))
  let page = counts.reduce((total, count) => total + count, 0)
  const tables = counts.map((): number[] => [])
  for (let at = 0; at < Math.max(...counts); at++)
    counts.forEach((count, n) => {
      if (at < count) tables[n].push(--page)
    })
  return joinTables(tables)
}

/** Writes rows `0 … lengths[n]` of each sequence, which are rows from `starts[n]` on of key and value. */
export function writeRows(
  key: Tensor2D,
  value: Tensor2D,
  caches: BlockCaches,
  { pages, tableStarts }: PageTables,
  places: { readonly starts: readonly number[]; readonly lengths: readonly number[] },
): void {
  const { starts, lengths } = places
  const rows = lengths.flatMap((length, n) => Array.from({ length }, (_, row) => ({ n, row })))
  writeCache(key, value, caches, {
    sources: Int32Array.from(rows, ({ n, row }) => starts[n] + row),
    pages: Int32Array.from(
      rows,
      ({ n, row }) => pages[tableStarts[n] + Math.floor(row / PAGE_ROWS)],
    ),
    rows: Int32Array.from(rows, ({ row }) => row % PAGE_ROWS),
  })
}

/** The first `rows` rows of each sequence, `[N][rows][width]`, those in bf16 widened. */
export function rowsInCache(
  slabs: readonly Variable[],
  { pages, tableStarts }: PageTables,
  rows: number,
  width: number,
): Tensor {
  const numbers = slabs.flatMap((slab) => [...numbersOf(slab, width)])
  const sequences = tableStarts.length - 1
  const found = new Float32Array(sequences * rows * width)
  for (let n = 0; n < sequences; n++)
    for (let row = 0; row < rows; row++) {
      const page = pages[tableStarts[n] + Math.floor(row / PAGE_ROWS)]
      const from = (page * PAGE_ROWS + (row % PAGE_ROWS)) * width
      found.set(numbers.slice(from, from + width), (n * rows + row) * width)
    }
  return tensor(found, [sequences, rows, width])
}

function numbersOf(slab: Variable, width: number): Float32Array {
  if (slab.dtype === 'float32') return slab.dataSync<'float32'>()
  const words = slab.dataSync<'int32'>()
  const halves = new Uint16Array(words.buffer, words.byteOffset, 2 * words.length)
  const stride = 2 * Math.ceil(width / 2)
  const bits = Int32Array.from(
    { length: (halves.length / stride) * width },
    (_, i) => halves[Math.floor(i / width) * stride + (i % width)] << 16,
  )
  return new Float32Array(bits.buffer)
}
