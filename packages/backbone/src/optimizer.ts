import { adamW, disposeMoment, zeroMoment } from '@icrl/tfjs-ops'
import type { Moment, MomentStorage } from '@icrl/tfjs-ops'
import { IcrlError, randomStream } from '@icrl/core'
import { square, stack, sum, tidy, zeros } from '@tensorflow/tfjs-core'
import type { Variable } from '@tensorflow/tfjs-core'
import { EMBEDDING } from './decoder-weights.ts'
import type { GradientSum } from './gradient-sum.ts'
import type { Trainable } from './weight-storage.ts'

/** What learns, by name. */
export type LearningParameters = ReadonlyMap<string, Trainable>

/** AdamW's settings apart from the learning rate. */
export interface AdamWSettings {
  /** Decay of the first moment. @defaultValue 0.9 */
  readonly beta1?: number
  /** Decay of the second moment. @defaultValue 0.95 */
  readonly beta2?: number
  /** Added to the root of the second moment. @defaultValue 1e-8 */
  readonly epsilon?: number
  /** Norms, biases and the input embedding are not decayed. @defaultValue 0 */
  readonly weightDecay?: number
  /**
   * How both moments are kept: `bf16` takes half the memory of `float32`, `8bit` a quarter. These
   * are rounded stochastically, by a counter, so that a run repeats to the byte.
   *
   * @defaultValue `float32`
   */
  readonly moments?: MomentStorage
}

/** AdamW's rates, which one update may replace. */
export type AdamWRates = Omit<AdamWSettings, 'moments'>

/** The moments of one parameter. */
export interface Moments {
  readonly first: Moment
  readonly second: Moment
  /** Tells its rounding from that of others. */
  readonly roundingSeed: number
}

/** AdamW over a model's parameters. Its moments are allocated at the first update. */
export class Optimizer {
  /** How its moments are kept. */
  readonly storage: MomentStorage
  readonly #parameters: LearningParameters
  readonly #options: Required<AdamWRates>
  readonly #moments = new Map<string, Moments>()
  /** Updates since it began, or began anew. */
  updates = 0
  /** How often it began anew. */
  restarts = 0

  constructor(
    parameters: LearningParameters,
    {
      beta1 = 0.9,
      beta2 = 0.95,
      epsilon = 1e-8,
      weightDecay = 0,
      moments = 'float32',
    }: AdamWSettings = {},
  ) {
    this.storage = moments
    this.#parameters = parameters
    this.#options = { beta1, beta2, epsilon, weightDecay }
  }

  /**
   * One update by the sum; a missing gradient counts as zero.
   *
   * @param replaced settings that differ for this update
   */
  update(
    gradients: GradientSum,
    learningRate: number,
    gradientScale: number,
    replaced: AdamWRates = {},
  ): void {
    const { weightDecay, ...rates } = { ...this.#options, ...replaced }
    this.updates++
    for (const [name, parameter] of this.#parameters) {
      const { roundingSeed, ...moments } = this.#momentsOf(name, parameter)
      const gradient = gradients.get(name) ?? zeros([...parameter.shape])
      const options = {
        ...rates,
        learningRate,
        gradientScale,
        step: this.updates,
        weightDecay: isDecayed(name, parameter) ? weightDecay : 0,
        roundingSeed,
      }
      adamW({ parameter, ...moments }, gradient, options)
      if (gradients.get(name) === undefined) gradient.dispose()
    }
  }

  #momentsOf(name: string, { shape }: Trainable): Moments {
    const known = this.#moments.get(name)
    if (known !== undefined) return known
    const moments = {
      first: zeroMoment(shape, this.storage),
      second: zeroMoment(shape, this.storage),
      roundingSeed: randomStream(0, 'moments', name).integer(0, 2 ** 32),
    }
    this.#moments.set(name, moments)
    return moments
  }

  /** The moments by parameter name, for saving; zeros if there was no update yet. */
  moments(): Map<string, Moments> {
    return new Map(
      [...this.#parameters].map(([name, parameter]) => [name, this.#momentsOf(name, parameter)]),
    )
  }

  /** Begins anew with other weights: `restarts` names this beginning. */
  restart(restarts: number): void {
    this.reset()
    this.restarts = restarts
  }

  /** Forgets the moments and all updates. */
  reset(): void {
    for (const { first, second } of this.#moments.values()) {
      disposeMoment(first)
      disposeMoment(second)
    }
    this.#moments.clear()
    this.updates = 0
  }
}

function isDecayed(name: string, { shape }: Trainable): boolean {
  return shape.length > 1 && name !== EMBEDDING
}

/**
 * Global L2 norm of all gradients.
 *
 * @throws IcrlError `non-finite` naming the first parameter whose gradient, or its sum of squares,
 * is not finite.
 */
export async function gradientNorm(
  parameters: LearningParameters,
  gradients: GradientSum,
): Promise<number> {
  const names = [...parameters.keys()].filter((name) => gradients.get(name) !== undefined)
  if (names.length === 0) return 0
  const squares = tidy(() =>
    stack(names.map((name) => tidy(() => sum(square(gradients.get(name) as Variable))))),
  )
  const values = await squares.data<'float32'>()
  squares.dispose()
  const culprit = values.findIndex((value) => !Number.isFinite(value))
  if (culprit >= 0) {
    throw new IcrlError(
      `step: the gradient of ${names[culprit]} is not finite (its squares sum to ${values[culprit]}).`,
      {
        code: 'non-finite',
        remedy:
          'No weight was changed and the gradient was dropped. Look at the losses of this batch, and lower the learning rate.',
      },
    )
  }
  return Math.sqrt(values.reduce((total, value) => total + value, 0))
}
