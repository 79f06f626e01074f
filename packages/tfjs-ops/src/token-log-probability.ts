import {
  add,
  concat,
  div,
  exp,
  gather,
  matMul,
  mul,
  oneHot,
  range,
  reshape,
  slice,
  sub,
  sum,
  tensor2d,
  tidy,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import { addTo } from './add-gradient.ts'
import { sliceRows } from './attention-composition.ts'
import { checkShape } from './check-shape.ts'
import { differentiable } from './differentiable.ts'
import {
  TokenLogProbability,
  type TokenLogProbabilityAttrs,
  TokenLogProbabilityBf16,
  TokenLogProbabilityGrad,
  TokenLogProbabilityGradBf16,
} from './kernels.ts'
import { runFused } from './run-fused.ts'
import { checkTemperatures, rowChunks, scaledLogits } from './scaled-logits.ts'
import { type Bf16Matrix, fromBf16, inFloat32, isBf16 } from './bf16-matrix.ts'

/**
 * A temperature above 0 for each row, and whether the entropy is wanted (otherwise that output may
 * be zeros).
 */
export type TokenLogProbabilityOptions = TokenLogProbabilityAttrs

/** All `[N]`, in nats. */
export interface TokenLogProbabilities {
  /** Log-probability of each target, `[rows]`. */
  readonly logprobs: Tensor1D
  /** Of each row's logits, in nats, `[rows]`. */
  readonly logsumexp: Tensor1D
  /** Of each row's distribution, in nats, `[rows]`. */
  readonly entropy: Tensor1D
}

/**
 * Log-probability of one target token per row, and the entropy, of the temperature-scaled full
 * softmax, without keeping the logits `z[n][v] = hidden[n] · weight[v] / temperature[n]`:
 *
 *     logprob[n] = z[n][target[n]] − log Σ_v exp z[n][v],   entropy[n] = −Σ_v p[n][v] log p[n][v]
 *
 * @param hidden `[N][D]`
 * @param weight `[V][D]`, the output embedding; with a bf16 one nothing is differentiable.
 * @param targets int32 `[N]`, each in `[0, V)`
 * @returns `logprobs`, `entropy` (both differentiable) and, for the gradient, `logsumexp`.
 * @throws RangeError where shapes or temperatures do not fit.
 *
 * @example
 * import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const hidden: Tensor2D, weight: Tensor2D, targets: Tensor1D // 2 rows
 * const { logprobs } = tokenLogProbability(hidden, weight, targets, {
 *   temperatures: Float32Array.of(1, 0.7),
 *   entropy: false,
 * })
 */
export function tokenLogProbability(
  hidden: Tensor2D,
  weight: Tensor2D | Bf16Matrix,
  targets: Tensor1D,
  options: TokenLogProbabilityOptions,
): TokenLogProbabilities {
  const rows = hidden.shape[0]
  checkShape('tokenLogProbability', 'weight', weight, [-1, hidden.shape[1]])
  checkShape('tokenLogProbability', 'targets', targets, [rows])
  checkTemperatures('tokenLogProbability', options.temperatures, rows, false)
  const [logprobs, logsumexp, entropy] = isBf16(weight)
    ? withStored(hidden, weight, targets, options)
    : withTensor(hidden, weight, targets, options)
  return {
    logprobs: logprobs as Tensor1D,
    logsumexp: logsumexp as Tensor1D,
    entropy: entropy as Tensor1D,
  }
}

function withStored(
  hidden: Tensor2D,
  weight: Bf16Matrix,
  targets: Tensor1D,
  options: TokenLogProbabilityOptions,
): Tensor[] {
  return runFused(TokenLogProbabilityBf16, { hidden, weight: weight.bits, targets }, options, () =>
    tokenLogProbabilityComposition(hidden, fromBf16(weight), targets, options),
  )
}

function withTensor(
  hidden: Tensor2D,
  weight: Tensor2D,
  targets: Tensor1D,
  options: TokenLogProbabilityOptions,
): Tensor[] {
  return differentiable({
    inputs: { hidden, weight },
    constants: [targets],
    forward: () =>
      runFused(TokenLogProbability, { hidden, weight, targets }, options, () =>
        tokenLogProbabilityComposition(hidden, weight, targets, options),
      ),
    backward: ([dlogprobs, , dentropy], [savedHidden, savedWeight], [savedTargets], outputs) => {
      const forward = {
        hidden: savedHidden as Tensor2D,
        weight: savedWeight as Tensor2D,
        targets: savedTargets as Tensor1D,
        logsumexp: outputs[1] as Tensor1D,
        entropy: outputs[2] as Tensor1D,
      }
      const scale = options.entropy ? (dentropy as Tensor1D) : undefined
      const { dhidden, dweight } = tokenLogProbabilityGradient(
        dlogprobs as Tensor1D,
        scale,
        forward,
        options,
      )
      return [dhidden, dweight]
    },
  })
}

/** What the forward pass read and wrote. A bf16 weight is read for what it stands for. */
export interface TokenLogProbabilityForward {
  /** Last hidden states. */
  hidden: Tensor2D
  /** The output matrix. */
  weight: Tensor2D | Bf16Matrix
  /** Id that each row predicts, `[rows]`. */
  targets: Tensor1D
  /** Of each row's logits, in nats, `[rows]`. */
  logsumexp: Tensor1D
  /** Of each row's distribution, in nats, `[rows]`. */
  entropy: Tensor1D
}

/**
 * What becomes of a weight's gradient: it is returned; it is not computed, because the weight does
 * not learn; or it is added to this variable, as `addWeightGradient` does.
 */
export type WeightGradient = 'returned' | 'none' | Variable

/**
 * Gradient of `Σ_n dlogprobs[n] · logprobs[n] + Σ_n dentropy[n] · entropy[n]`. With
 * `p = exp(z − logsumexp)`, `∂logprob/∂z_v = 1{v = target} − p_v` and
 * `∂entropy/∂z_v = −p_v (z_v − logsumexp + entropy)`. A last argument says what becomes of
 * `dweight`; default: it is returned.
 *
 * @param dlogprobs `[N]`
 * @param dentropy `[N]`, or undefined for zero; it needs a forward pass that computed the entropy.
 * @returns `dhidden[N][D]`, `dweight[V][D]`
 * @throws RangeError if `dentropy` is given and the forward pass ran with `entropy: false`.
 *
 * @example
 * import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const hidden: Tensor2D,
 *   weight: Tensor2D,
 *   targets: Tensor1D,
 *   dlogprobs: Tensor1D,
 *   options: TokenLogProbabilityOptions
 * const { logsumexp, entropy } = tokenLogProbability(hidden, weight, targets, options)
 * const { dhidden, dweight } = tokenLogProbabilityGradient(
 *   dlogprobs,
 *   undefined,
 *   { hidden, weight, targets, logsumexp, entropy },
 *   options,
 * )
 */
export function tokenLogProbabilityGradient(
  dlogprobs: Tensor1D,
  dentropy: Tensor1D | undefined,
  forward: TokenLogProbabilityForward,
  options: TokenLogProbabilityOptions,
): { dhidden: Tensor2D; dweight: Tensor2D }
export function tokenLogProbabilityGradient(
  dlogprobs: Tensor1D,
  dentropy: Tensor1D | undefined,
  forward: TokenLogProbabilityForward,
  options: TokenLogProbabilityOptions,
  weightGradient: WeightGradient,
): { dhidden: Tensor2D; dweight?: Tensor2D }
export function tokenLogProbabilityGradient(
  dlogprobs: Tensor1D,
  dentropy: Tensor1D | undefined,
  forward: TokenLogProbabilityForward,
  options: TokenLogProbabilityOptions,
  weightGradient: WeightGradient = 'returned',
): { dhidden: Tensor2D; dweight?: Tensor2D } {
  if (dentropy !== undefined && !options.entropy) {
    throw new RangeError(
      'tokenLogProbabilityGradient: dentropy is given, but the forward pass ran with entropy: false; run it with entropy: true',
    )
  }
  const { weight } = forward
  const total = typeof weightGradient === 'string' ? undefined : weightGradient
  if (total !== undefined) checkShape('tokenLogProbabilityGradient', 'the sum', total, weight.shape)
  const inputs = {
    dlogprobs,
    ...(dentropy && { dentropy }),
    ...forward,
    weight: isBf16(weight) ? weight.bits : weight,
    ...(total && { sum: total }),
  }
  const attributes = { ...options, dweight: weightGradient !== 'none' }
  const kernel = isBf16(weight) ? TokenLogProbabilityGradBf16 : TokenLogProbabilityGrad
  const [dhidden, dweight] = runFused(kernel, inputs, attributes, () => {
    const found = tokenLogProbabilityGradientComposition(
      dlogprobs,
      dentropy,
      { ...forward, weight: inFloat32(weight) },
      options,
      weightGradient !== 'none',
    )
    if (total === undefined) return found
    addTo(total, () => found[1])
    return [found[0]]
  })
  return { dhidden: dhidden as Tensor2D, ...(dweight && { dweight: dweight as Tensor2D }) }
}

/**
 * `tokenLogProbability` from standard operations: `[logprobs, logsumexp, entropy]`.
 *
 * @example
 * import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const hidden: Tensor2D,
 *   weight: Tensor2D,
 *   targets: Tensor1D,
 *   options: TokenLogProbabilityOptions
 * const [logprobs, logsumexp, entropy] = tokenLogProbabilityComposition(
 *   hidden,
 *   weight,
 *   targets,
 *   options,
 * )
 */
export function tokenLogProbabilityComposition(
  hidden: Tensor2D,
  weight: Tensor2D,
  targets: Tensor1D,
  { temperatures, entropy }: TokenLogProbabilityOptions,
): Tensor[] {
  const parts = rowChunks(hidden.shape[0], weight.shape[0]).map(({ start, end }) =>
    tidy(() => {
      const { logits, logsumexp } = scaledLogits(hidden, weight, temperatures, start, end)
      // Without gather's batch dimensions: on TensorFlow.js's wasm backend they read out of bounds.
      const places = add(
        range(0, (end - start) * weight.shape[0], weight.shape[0], 'int32'),
        slice(targets, start, end - start),
      )
      const target = gather(reshape(logits, [-1]), places)
      const logprobs = sub(target, reshape(logsumexp, [-1]))
      const expected = entropy ? sum(mul(exp(sub(logits, logsumexp)), logits), 1) : undefined
      const flat = reshape(logsumexp, [-1])
      return [logprobs, flat, expected === undefined ? zerosLike(flat) : sub(flat, expected)]
    }),
  )
  if (parts.length === 0) return [0, 1, 2].map(() => zeros([0]))
  return [0, 1, 2].map((output) => concat(parts.map((part) => part[output])))
}

/**
 * `tokenLogProbabilityGradient` from standard operations: `[dhidden, dweight]`, or `[dhidden]`
 * where `dweight` is not wanted.
 *
 * @example
 * import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const dlogprobs: Tensor1D,
 *   forward: TokenLogProbabilityForward & { weight: Tensor2D },
 *   options: TokenLogProbabilityOptions
 * const [dhidden, dweight] = tokenLogProbabilityGradientComposition(
 *   dlogprobs,
 *   undefined,
 *   forward,
 *   options,
 * )
 */
export function tokenLogProbabilityGradientComposition(
  dlogprobs: Tensor1D,
  dentropy: Tensor1D | undefined,
  forward: TokenLogProbabilityForward & { readonly weight: Tensor2D },
  { temperatures }: TokenLogProbabilityOptions,
  wantsWeight = true,
): Tensor[] {
  const { hidden, weight } = forward
  const dhiddens: Tensor[] = []
  let dweight: Tensor | undefined = wantsWeight ? zerosLike(weight) : undefined
  for (const { start, end } of rowChunks(hidden.shape[0], weight.shape[0])) {
    const dlogits = tidy(() =>
      logitGradient(dlogprobs, dentropy, forward, temperatures, start, end),
    )
    dhiddens.push(matMul(dlogits, weight))
    if (dweight !== undefined)
      dweight = add(dweight, matMul(dlogits, sliceRows(hidden, start, end), true, false))
  }
  const dhidden = dhiddens.length === 0 ? zerosLike(hidden) : concat(dhiddens)
  return dweight === undefined ? [dhidden] : [dhidden, dweight]
}

function logitGradient(
  dlogprobs: Tensor1D,
  dentropy: Tensor1D | undefined,
  {
    hidden,
    weight,
    targets,
    logsumexp,
    entropy,
  }: TokenLogProbabilityForward & { readonly weight: Tensor2D },
  temperatures: Float32Array,
  start: number,
  end: number,
): Tensor2D {
  const rows = end - start
  const column = (x: Tensor1D): Tensor2D => reshape(slice(x, start, rows), [rows, 1])
  const { logits } = scaledLogits(hidden, weight, temperatures, start, end)
  const logProbabilities = sub(logits, column(logsumexp))
  const probabilities = exp(logProbabilities)
  const hot = oneHot(slice(targets, start, rows), weight.shape[0])
  let gradient: Tensor = mul(column(dlogprobs), sub(hot, probabilities))
  if (dentropy !== undefined) {
    const slope = mul(probabilities, add(logProbabilities, column(entropy)))
    gradient = sub(gradient, mul(column(dentropy), slope))
  }
  return div(gradient, tensor2d(temperatures.subarray(start, end), [rows, 1]))
}
