import { tensor1d, tidy } from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { checkShape } from './check-shape.ts'
import { drawToken } from './draw-token.ts'
import { SampleToken, type SampleTokenAttrs, SampleTokenBf16 } from './kernels.ts'
import { runFused } from './run-fused.ts'
import { checkTemperatures, rowChunks, scaledLogits } from './scaled-logits.ts'
import { type Bf16Matrix, inFloat32, isBf16 } from './bf16-matrix.ts'

/** For each row its temperature (0: greedy), uniform number, top-k (0: off) and top-p (1: off). */
export type SampleTokenOptions = SampleTokenAttrs

/**
 * Draws one token per row by inverse transform of `uniforms[n]` over the filtered,
 * temperature-scaled softmax, ids ascending. Top-k keeps the k largest logits; top-p then keeps the
 * fewest of the largest whose share of the remaining mass reaches p (at least one); among equal
 * logits the lowest ids stay. Temperature 0 takes the largest logit.
 *
 * @param hidden `[N][D]`
 * @param weight `[V][D]`, the output embedding
 * @param panels what `weightPanels` made of the weight, for speed
 * @returns `ids` int32 `[N]`, and `logprobs[N]` of the *unfiltered* softmax at the row's
 * temperature (at 1 where it is 0), with the bits of `tokenLogProbability`.
 * @throws RangeError where shapes or options do not fit, or a row's logits are not finite.
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * const options = {
 *   temperatures: Float32Array.of(1),
 *   uniforms: Float64Array.of(0.9),
 *   topK: Int32Array.of(0),
 *   topP: Float32Array.of(1),
 * }
 * const { ids } = sampleToken(
 *   tensor2d([[1, 0]]),
 *   tensor2d([
 *     [2, 0],
 *     [1, 0],
 *     [0, 1],
 *   ]),
 *   options,
 * ) // [1]
 */
export function sampleToken(
  hidden: Tensor2D,
  weight: Tensor2D | Bf16Matrix,
  options: SampleTokenOptions,
  panels?: Tensor1D,
): { ids: Tensor1D; logprobs: Tensor1D } {
  checkSampling(hidden, weight, options)
  const inputs = {
    hidden,
    weight: isBf16(weight) ? weight.bits : weight,
    ...(panels && { panels }),
  }
  const kernel = isBf16(weight) ? SampleTokenBf16 : SampleToken
  const [ids, logprobs] = runFused(kernel, inputs, options, () =>
    sampleTokenComposition(hidden, inFloat32(weight), options),
  )
  return { ids: ids as Tensor1D, logprobs: logprobs as Tensor1D }
}

/**
 * `sampleToken` from standard operations for the logits and host code for the draw:
 * `[ids, logprobs]`.
 *
 * @example
 * import type { Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const hidden: Tensor2D, weight: Tensor2D, options: SampleTokenOptions
 * const [ids, logprobs] = sampleTokenComposition(hidden, weight, options)
 */
export function sampleTokenComposition(
  hidden: Tensor2D,
  weight: Tensor2D,
  options: SampleTokenOptions,
): Tensor[] {
  const { uniforms, topK, topP } = options
  const [rows, vocabulary] = [hidden.shape[0], weight.shape[0]]
  const temperatures = options.temperatures.map((temperature) =>
    temperature === 0 ? 1 : temperature,
  )
  const ids = new Int32Array(rows)
  const logprobs = new Float32Array(rows)
  for (const { start, end } of rowChunks(rows, vocabulary)) {
    tidy(() => {
      const scaled = scaledLogits(hidden, weight, temperatures, start, end)
      const logits = scaled.logits.dataSync<'float32'>()
      const logsumexp = scaled.logsumexp.dataSync<'float32'>()
      for (let row = start; row < end; row++) {
        const at = row - start
        if (!Number.isFinite(logsumexp[at]))
          throw new RangeError(
            `sampleToken: the logits of row ${row} are not finite; the weights or inputs are not`,
          )
        const own = logits.subarray(at * vocabulary, (at + 1) * vocabulary)
        const greedy = options.temperatures[row] === 0
        ids[row] = drawToken(
          own,
          uniforms[row],
          greedy ? { topK: 1, topP: 1 } : { topK: topK[row], topP: topP[row] },
        )
        logprobs[row] = own[ids[row]] - logsumexp[at]
      }
    })
  }
  return [tensor1d(ids, 'int32'), tensor1d(logprobs)]
}

function checkSampling(
  hidden: Tensor2D,
  weight: Tensor2D | Bf16Matrix,
  { temperatures, uniforms, topK, topP }: SampleTokenOptions,
): void {
  const rows = hidden.shape[0]
  checkShape('sampleToken', 'weight', weight, [-1, hidden.shape[1]])
  checkTemperatures('sampleToken', temperatures, rows, true)
  for (const [name, values] of Object.entries({ uniforms, topK, topP })) {
    if (values.length !== rows)
      throw new RangeError(`sampleToken: ${rows} rows need as many ${name}, got ${values.length}`)
  }
  for (let row = 0; row < rows; row++) {
    const fits =
      uniforms[row] >= 0 && uniforms[row] < 1 && topK[row] >= 0 && topP[row] > 0 && topP[row] <= 1
    if (!fits) {
      throw new RangeError(
        `sampleToken: row ${row} has uniform ${uniforms[row]} (in [0, 1)), topK ${topK[row]} (0 or above), topP ${topP[row]} (above 0, at most 1)`,
      )
    }
  }
}
