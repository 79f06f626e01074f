import {
  gather,
  reshape,
  tensor1d,
  tensor2d,
  tensorScatterUpdate,
  tidy,
} from '@tensorflow/tfjs-core'
import type { Tensor2D, Variable } from '@tensorflow/tfjs-core'
import { checkShape } from './check-shape.ts'
import { WriteCache, type WriteCacheAttrs } from './kernels.ts'
import { hasFusedKernel, runFused } from './run-fused.ts'

/** For each m, row `sources[m]` of x goes to row `rows[m]` of slot `slots[m]`. */
export type WriteCacheOptions = WriteCacheAttrs

/**
 * Copies rows into a key or value cache: `cache[slots[m]][rows[m]] = x[sources[m]]`. It works in
 * place if the backend has the kernel; otherwise the variable is assigned a changed copy. No target
 * may be named twice, which is not checked.
 *
 * @param x `[N][K · d]`
 * @param cache `[slots][capacity][K · d]`
 * @throws RangeError where shapes do not fit, or a row, slot or source lies outside.
 *
 * @example
 * import type { Tensor2D, Variable } from '@tensorflow/tfjs-core'
 *
 * declare const keys: Tensor2D, keyCache: Variable
 * writeCache(keys, keyCache, {
 *   sources: Int32Array.of(0, 1),
 *   slots: Int32Array.of(3, 3),
 *   rows: Int32Array.of(0, 1),
 * })
 */
export function writeCache(x: Tensor2D, cache: Variable, options: WriteCacheOptions): void {
  checkWrite(x, cache, options)
  if (options.sources.length === 0) return
  if (hasFusedKernel(WriteCache)) runFused(WriteCache, { x, cache }, options, () => [])
  else tidy(() => writeCacheComposition(x, cache, options))
}

/**
 * `writeCache` from standard operations: assigns `cache` a changed copy.
 *
 * @example
 * import { type Tensor2D, type Variable, tidy } from '@tensorflow/tfjs-core'
 *
 * declare const keys: Tensor2D, keyCache: Variable, options: WriteCacheOptions
 * tidy(() => writeCacheComposition(keys, keyCache, options))
 */
export function writeCacheComposition(
  x: Tensor2D,
  cache: Variable,
  { sources, slots, rows }: WriteCacheOptions,
): void {
  const [slotCount, capacity, width] = cache.shape
  const targets = slots.map((slot, m) => slot * capacity + rows[m])
  const flat = reshape(cache, [slotCount * capacity, width])
  const updates = gather(x, tensor1d(sources, 'int32'))
  const changed = tensorScatterUpdate(
    flat,
    tensor2d(targets, [targets.length, 1], 'int32'),
    updates,
  )
  cache.assign(reshape(changed, cache.shape))
}

function checkWrite(
  x: Tensor2D,
  cache: Variable,
  { sources, slots, rows }: WriteCacheOptions,
): void {
  checkShape('writeCache', 'cache', cache, [-1, -1, x.shape[1]])
  if (slots.length !== sources.length || rows.length !== sources.length) {
    throw new RangeError(
      `writeCache: ${sources.length} sources, ${slots.length} slots and ${rows.length} rows must be as many`,
    )
  }
  const [slotCount, capacity] = cache.shape as [number, number]
  const [sourceCount] = x.shape
  for (let m = 0; m < sources.length; m++) {
    const fits =
      sources[m] >= 0 &&
      sources[m] < sourceCount &&
      slots[m] >= 0 &&
      slots[m] < slotCount &&
      rows[m] >= 0 &&
      rows[m] < capacity
    if (!fits)
      throw new RangeError(
        `writeCache: row ${sources[m]} to slot ${slots[m]}, row ${rows[m]} lies outside x ${x.shape} or cache ${cache.shape}`,
      )
  }
}
