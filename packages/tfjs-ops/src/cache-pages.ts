import { concat, gather, reshape, tensor1d, variable, zeros } from '@tensorflow/tfjs-core'
import type { NamedTensorMap, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import { CacheSlab, type PageTables } from './kernels.ts'
import { runFused } from './run-fused.ts'

/** Positions of a page: the keys that the running softmax of attention takes at once. */
export const PAGE_ROWS = 64

/**
 * Keys and values of one decoder block for all running sequences: slabs of pages that `cacheSlab`
 * made, as many of each. A page's number counts through the slabs, first to last, so a cache grows by
 * one more slab and nothing in it moves.
 */
export interface BlockCaches {
  /** Keys of all pages. */
  readonly keys: readonly Variable[]
  /** Values of all pages. */
  readonly values: readonly Variable[]
}

/** Heads of the keys and values that a cache holds. */
export interface CacheRowShape {
  /** Key heads K. */
  readonly keyValueHeads: number
  /** Their dimension d. */
  readonly headDim: number
}

/**
 * Pages for the keys, or the values, of one decoder block; what they hold before they are written is
 * undefined. Float32 `[pages][64][K · d]`, or int32 `[pages][64][⌈K · d / 2⌉]` with two bfloats each
 * if the backend's attention rounds keys and values to those anyway.
 *
 * @example
 * const slab = cacheSlab(16, { keyValueHeads: 2, headDim: 64 })
 * const caches: BlockCaches = {
 *   keys: [slab],
 *   values: [cacheSlab(16, { keyValueHeads: 2, headDim: 64 })],
 * }
 */
export function cacheSlab(pages: number, { keyValueHeads, headDim }: CacheRowShape): Variable {
  const [slab] = runFused(CacheSlab, {}, { pages, keyValueHeads, headDim }, () => [
    zeros([pages, PAGE_ROWS, keyValueHeads * headDim]),
  ])
  const kept = variable(slab, false)
  slab.dispose()
  return kept
}

/** The pages of all slabs. */
export function pagesOf({ keys }: BlockCaches): number {
  return keys.reduce((total, { shape }) => total + shape[0], 0)
}

/** The slabs as a kernel's inputs: `keys.0`, `values.0`, `keys.1` …, after a prefix. */
export function slabInputs({ keys, values }: BlockCaches, prefix = ''): NamedTensorMap {
  const inputs: Record<string, Tensor> = {}
  for (let s = 0; s < keys.length; s++) {
    inputs[`${prefix}keys.${s}`] = keys[s]
    inputs[`${prefix}values.${s}`] = values[s]
  }
  return inputs
}

/** The pages of one sequence. */
export function tableOf({ pages, tableStarts }: PageTables, sequence: number): Int32Array {
  return pages.subarray(tableStarts[sequence], tableStarts[sequence + 1])
}

/** The tables of some of the sequences, in this order. */
export function tablesOf(tables: PageTables, sequences: readonly number[]): PageTables {
  return joinTables(sequences.map((sequence) => tableOf(tables, sequence)))
}

/**
 * Tables of sequences, one after another, as kernels take them.
 *
 * @example
 * joinTables([[0, 1], [0, 2]]) // { pages: [0, 1, 0, 2], tableStarts: [0, 2, 4] }
 */
export function joinTables(tables: readonly ArrayLike<number>[]): PageTables {
  const tableStarts = new Int32Array(tables.length + 1)
  tables.forEach(({ length }, n) => (tableStarts[n + 1] = tableStarts[n] + length))
  const pages = new Int32Array(tableStarts[tables.length])
  tables.forEach((table, n) => pages.set(table, tableStarts[n]))
  return { pages, tableStarts }
}

/** The entries of `pages` that lie in a slab, one or more. */
export interface SlabEntries {
  /** Which of the slabs. */
  readonly slab: number
  /** The number of its first page. */
  readonly first: number
  /** Indices into `pages`, ascending. */
  readonly entries: readonly number[]
}

/** Which slab each page lies in, slab by slab. */
export function entriesBySlab(slabs: readonly Variable[], pages: Int32Array): SlabEntries[] {
  let end = 0
  return slabs.flatMap(({ shape: [count] }, slab) => {
    const first = end
    end += count
    const entries = [...pages.keys()].filter((m) => pages[m] >= first && pages[m] < first + count)
    return entries.length > 0 ? [{ slab, first, entries }] : []
  })
}

/**
 * The first `rows` rows of sequences, `[N][rows][K·d]`. Gathered and not sliced: slicing copies the
 * whole cache first on `wasm`.
 */
export function rowsOfTables(
  slabs: readonly Variable[],
  tables: PageTables,
  sequences: readonly number[],
  rows: number,
): Tensor {
  const pages = Int32Array.from({ length: sequences.length * rows }, (_, m) => {
    const [n, row] = [Math.floor(m / rows), m % rows]
    return tableOf(tables, sequences[n])[Math.floor(row / PAGE_ROWS)]
  })
  const [, , width] = slabs[0].shape
  const bySlab = entriesBySlab(slabs, pages)
  const found = bySlab.map(({ slab, first, entries }): Tensor2D => {
    const flat: Tensor2D = reshape(slabs[slab], [-1, width])
    const index = entries.map((m) => (pages[m] - first) * PAGE_ROWS + ((m % rows) % PAGE_ROWS))
    return gather(flat, tensor1d(index, 'int32'))
  })
  if (found.length === 1) return reshape(found[0], [sequences.length, rows, width])
  /** Where each row is among those of the slabs, one below another. */
  const places = new Int32Array(pages.length)
  bySlab.flatMap(({ entries }) => entries).forEach((m, place) => (places[m] = place))
  const inOrder = gather(concat(found), tensor1d(places, 'int32'))
  return reshape(inOrder, [sequences.length, rows, width])
}
