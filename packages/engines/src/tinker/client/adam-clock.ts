import type { AdamParams } from '../protocol/messages.ts'

/** AdamW's settings; as those of a local policy. */
export interface TinkerOptimizer {
  /** Decay of the first moment. @defaultValue 0.9 */
  readonly beta1?: number
  /** Decay of the second moment. @defaultValue 0.95 */
  readonly beta2?: number
  /** Added to the root of the second moment. @defaultValue 1e-8 */
  readonly epsilon?: number
  /** How strongly weights are drawn to 0. @defaultValue 0 */
  readonly weightDecay?: number
}

/** Below 1 by one unit of float32: a step with it leaves moments as they are. */
const ALMOST_ONE = 1 - 2 ** -24

/**
 * AdamW on a server whose count of steps cannot be set back, as if it could. The server divides its
 * moments m and v by 1 − β^s, where s counts all steps it ever made on the model; here t ≤ s counts
 * those since the optimizer was fresh. With c₁ = (1 − β₁^s)/(1 − β₁^t) and c₂ = √((1 − β₂^s)/(1 − β₂^t)),
 *
 *     λ′ · m/(1−β₁^s) / (√(v/(1−β₂^s)) + ε′)  =  λ · m/(1−β₁^t) / (√(v/(1−β₂^t)) + ε)
 *
 * for λ′ = λ c₁/c₂ and ε′ = ε/c₂; weight decay, multiplied by λ′ there, is scaled back by c₂/c₁.
 */
export class AdamClock {
  readonly #settings: Required<TinkerOptimizer>
  /** Steps since the optimizer was fresh. */
  steps: number
  /** Steps that the server counts on this model. */
  serverSteps: number

  constructor(
    { beta1 = 0.9, beta2 = 0.95, epsilon = 1e-8, weightDecay = 0 }: TinkerOptimizer = {},
    steps = 0,
    serverSteps = 0,
  ) {
    this.#settings = { beta1, beta2, epsilon, weightDecay }
    this.steps = steps
    this.serverSteps = serverSteps
  }

  /** A step that learns. */
  step(learningRate: number, clipNorm = 0): AdamParams {
    const { beta1, beta2, epsilon, weightDecay } = this.#settings
    const [t, s] = [++this.steps, ++this.serverSteps]
    const first = (1 - beta1 ** s) / (1 - beta1 ** t)
    const second = Math.sqrt((1 - beta2 ** s) / (1 - beta2 ** t))
    return {
      learning_rate: (learningRate * first) / second,
      beta1,
      beta2,
      eps: epsilon / second,
      weight_decay: (weightDecay * second) / first,
      ...(clipNorm > 0 && { grad_clip_norm: clipNorm }),
    }
  }

  /** A step that changes neither weights nor moments: it reports the gradient's norm and clears it. */
  measure(): AdamParams {
    this.serverSteps++
    return { learning_rate: 0, beta1: ALMOST_ONE, beta2: ALMOST_ONE, eps: 1, weight_decay: 0 }
  }

  /** A step without a gradient that sets the moments to 0 and changes no weight. */
  reset(): AdamParams {
    this.serverSteps++
    this.steps = 0
    return { learning_rate: 0, beta1: 0, beta2: 0, eps: 1, weight_decay: 0 }
  }
}
