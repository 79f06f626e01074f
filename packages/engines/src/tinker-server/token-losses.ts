import { unprocessable } from './request-error.ts'

/** What a loss reads besides the log-probability, per target `[T]`. */
export interface LossInputs {
  /** w; default: 1 everywhere. */
  readonly weights: Float32Array
  /** q, log-probabilities of the sampler. */
  readonly logprobs: Float32Array
  /** A, advantages. */
  readonly advantages: Float32Array
}

/** The loss of one token, and its derivative by the log-probability. */
export interface TokenLoss {
  readonly value: number
  readonly slope: number
}

/** The loss of target `t`, whose log-probability is x. */
export type LossFunction = (x: number, inputs: LossInputs, t: number) => TokenLoss

/** A loss by name: what it needs, what may be set, and how it is made of that. */
interface LossKind {
  readonly needs: readonly (keyof LossInputs)[]
  /** Settings with their defaults. */
  readonly settings: Readonly<Record<string, number>>
  make(settings: Readonly<Record<string, number>>): LossFunction
}

const OFF_POLICY = ['logprobs', 'advantages'] as const

/**
 * Losses as hosted Tinker defines them, r = exp(x − q). The gradient is the plain sum over tokens and
 * datums of w · ∂ℓ/∂x: nothing is divided by a number of tokens.
 *
 *     cross_entropy         ℓ = −x
 *     importance_sampling   ℓ = −r·A
 *     ppo                   ℓ = −min(r·A, clip(r, low, high)·A)
 *     cispo                 ℓ = −stop_gradient(clip(r, low, high))·x·A
 */
const LOSSES: Readonly<Record<string, LossKind>> = {
  cross_entropy: {
    needs: [],
    settings: {},
    make:
      () =>
      (x, { weights }, t) => ({ value: -x * weights[t], slope: -weights[t] }),
  },
  importance_sampling: {
    needs: OFF_POLICY,
    settings: {},
    make: () => (x, inputs, t) => {
      const value = -ratioOf(x, inputs, t) * weightedAdvantage(inputs, t)
      return { value, slope: value }
    },
  },
  ppo: {
    needs: OFF_POLICY,
    settings: { clip_low_threshold: 0.8, clip_high_threshold: 1.2 },
    make: (settings) => (x, inputs, t) => {
      const ratio = ratioOf(x, inputs, t)
      const advantage = inputs.advantages[t]
      const [free, clipped] = [ratio * advantage, clip(ratio, settings) * advantage]
      const weight = inputs.weights[t]
      return free <= clipped
        ? { value: -weight * free, slope: -weight * free }
        : { value: -weight * clipped, slope: 0 }
    },
  },
  cispo: {
    needs: OFF_POLICY,
    settings: { clip_low_threshold: 0, clip_high_threshold: 4 },
    make: (settings) => (x, inputs, t) => {
      const slope = -clip(ratioOf(x, inputs, t), settings) * weightedAdvantage(inputs, t)
      return { value: slope * x, slope }
    },
  },
}

function ratioOf(x: number, { logprobs }: LossInputs, t: number): number {
  return Math.exp(x - logprobs[t])
}

function weightedAdvantage({ advantages, weights }: LossInputs, t: number): number {
  return advantages[t] * weights[t]
}

function clip(
  ratio: number,
  { clip_low_threshold: low, clip_high_threshold: high }: Readonly<Record<string, number>>,
): number {
  return Math.min(Math.max(ratio, low), high)
}

/**
 * The loss that a request names, with the inputs it needs.
 *
 * @throws RequestError 422 for an unknown name or setting
 */
export function lossNamed(
  name: string,
  config: Readonly<Record<string, number>> = {},
): Pick<LossKind, 'needs'> & { readonly loss: LossFunction } {
  if (!Object.hasOwn(LOSSES, name))
    throw unprocessable(
      `loss_fn: there is no "${name}" here, but ${Object.keys(LOSSES).join(', ')}. Any other loss: forward_backward_custom.`,
    )
  const { needs, settings, make } = LOSSES[name]
  for (const [key, value] of Object.entries(config))
    if (!Object.hasOwn(settings, key) || !Number.isFinite(value))
      throw unprocessable(`loss_fn_config: ${name} takes no "${key}" of ${value}.`)
  const chosen = { ...settings, ...config }
  if (chosen.clip_low_threshold > chosen.clip_high_threshold)
    throw unprocessable('loss_fn_config: clip_low_threshold is above clip_high_threshold.')
  return { needs, loss: make(chosen) }
}
