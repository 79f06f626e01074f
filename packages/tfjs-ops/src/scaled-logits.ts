import { add, div, exp, log, matMul, max, sub, sum, tensor2d } from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { sliceRows } from './attention-composition.ts'

/**
 * The logits of a few rows, divided by their temperatures, and each row's log-sum-exp (`[n][1]`).
 */
export interface ScaledLogits {
  readonly logits: Tensor2D
  readonly logsumexp: Tensor2D
}

/** `z = hidden · weightᵀ / temperature` of rows `[start, end)`, with `log Σ_v exp z_v`. */
export function scaledLogits(
  hidden: Tensor2D,
  weight: Tensor2D,
  temperatures: Float32Array,
  start: number,
  end: number,
): ScaledLogits {
  const products = matMul(sliceRows(hidden, start, end), weight, false, true)
  const logits: Tensor2D = div(
    products,
    tensor2d(temperatures.subarray(start, end), [end - start, 1]),
  )
  const largest = max(logits, 1, true)
  return { logits, logsumexp: add(largest, log(sum(exp(sub(logits, largest)), 1, true))) }
}

const LOGITS_AT_ONCE = 1 << 23

/**
 * Row ranges whose logits take at most 32 MiB, unless a single row takes more. Every row is
 * computed alone, so the cuts change no bit of it.
 */
export function rowChunks(rows: number, vocabulary: number): { start: number; end: number }[] {
  const size = Math.max(1, Math.floor(LOGITS_AT_ONCE / vocabulary))
  return Array.from({ length: Math.ceil(rows / size) }, (_, i) => ({
    start: i * size,
    end: Math.min(rows, (i + 1) * size),
  }))
}

/**
 * Throws a `RangeError` unless there is one temperature per row, each finite and above 0 (or 0 with
 * `allowZero`).
 */
export function checkTemperatures(
  op: string,
  temperatures: Float32Array,
  rows: number,
  allowZero: boolean,
): void {
  if (temperatures.length !== rows)
    throw new RangeError(
      `${op}: ${rows} rows need as many temperatures, got ${temperatures.length}`,
    )
  temperatures.forEach((temperature, i) => {
    const fits =
      Number.isFinite(temperature) && (temperature > 0 || (allowZero && temperature === 0))
    if (!fits)
      throw new RangeError(
        `${op}: the temperature of row ${i} is ${temperature}; it must be ${allowZero ? '0 or above' : 'above 0'}`,
      )
  })
}
