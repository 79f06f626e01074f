import {
  gather,
  reshape,
  tensor1d,
  tensor2d,
  tensorScatterUpdate,
  tidy,
} from '@tensorflow/tfjs-core'
import type { Tensor2D, Variable } from '@tensorflow/tfjs-core'
import { type BlockCaches, entriesBySlab, PAGE_ROWS, pagesOf, slabInputs } from './cache-pages.ts'
import { checkCaches } from './check-caches.ts'
import { checkShape } from './check-shape.ts'
import { WriteCache, type WriteCacheAttrs } from './kernels.ts'
import { hasFusedKernel, runFused } from './run-fused.ts'

/** For each m, row `sources[m]` of keys and values goes to row `rows[m]` of page `pages[m]`. */
export type WriteCacheOptions = WriteCacheAttrs

/**
 * Copies rows of keys and values into the pages of a cache. It works in place if the backend has the
 * kernel; otherwise the slabs that change are assigned changed copies. No row may be written twice,
 * which is not checked.
 *
 * @param key `[N][K · d]`
 * @param value `[N][K · d]`
 * @throws RangeError where shapes do not fit, or a row, page or source lies outside.
 *
 * @example
 * import type { Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const key: Tensor2D, value: Tensor2D, caches: BlockCaches
 * writeCache(key, value, caches, {
 *   sources: Int32Array.of(0, 1),
 *   pages: Int32Array.of(3, 3),
 *   rows: Int32Array.of(0, 1),
 * })
 */
export function writeCache(
  key: Tensor2D,
  value: Tensor2D,
  caches: BlockCaches,
  options: WriteCacheOptions,
): void {
  checkWrite(key, value, caches, options)
  if (options.sources.length === 0) return
  if (hasFusedKernel(WriteCache))
    runFused(WriteCache, { key, value, ...slabInputs(caches) }, options, () => [])
  else writeCacheComposition(key, value, caches, options)
}

/**
 * `writeCache` from standard operations: assigns slabs changed copies.
 *
 * @example
 * import type { Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const key: Tensor2D,
 *   value: Tensor2D,
 *   caches: BlockCaches,
 *   options: WriteCacheOptions
 * writeCacheComposition(key, value, caches, options)
 */
export function writeCacheComposition(
  key: Tensor2D,
  value: Tensor2D,
  { keys, values }: BlockCaches,
  { sources, pages, rows }: WriteCacheOptions,
): void {
  for (const { slab, first, entries } of entriesBySlab(keys, pages)) {
    const from = entries.map((m) => sources[m])
    const to = entries.map((m) => (pages[m] - first) * PAGE_ROWS + rows[m])
    assignRows(key, keys[slab], from, to)
    assignRows(value, values[slab], from, to)
  }
}

function assignRows(x: Tensor2D, slab: Variable, from: number[], to: number[]): void {
  tidy(() => {
    const [pages, rows, width] = slab.shape
    const flat = reshape(slab, [pages * rows, width])
    const updates = gather(x, tensor1d(from, 'int32'))
    const changed = tensorScatterUpdate(flat, tensor2d(to, [to.length, 1], 'int32'), updates)
    slab.assign(reshape(changed, slab.shape))
  })
}

function checkWrite(
  key: Tensor2D,
  value: Tensor2D,
  caches: BlockCaches,
  { sources, pages, rows }: WriteCacheOptions,
): void {
  const [sourceCount, width] = key.shape
  checkShape('writeCache', 'value', value, key.shape)
  checkCaches('writeCache', caches, { keyValueHeads: 1, headDim: width })
  if (pages.length !== sources.length || rows.length !== sources.length)
    throw new RangeError(
      `writeCache: ${sources.length} sources, ${pages.length} pages and ${rows.length} rows must be as many`,
    )
  const pageCount = pagesOf(caches)
  for (let m = 0; m < sources.length; m++) {
    const fits =
      sources[m] >= 0 &&
      sources[m] < sourceCount &&
      pages[m] >= 0 &&
      pages[m] < pageCount &&
      rows[m] >= 0 &&
      rows[m] < PAGE_ROWS
    if (!fits)
      throw new RangeError(
        `writeCache: row ${sources[m]} to page ${pages[m]}, row ${rows[m]} lies outside the ${sourceCount} rows or the cache's ${pageCount} pages of ${PAGE_ROWS}`,
      )
  }
}
