import type { Objective } from '@icrl/core'
import { clampKl, k1, k2, k3, withEntropyBonus, withKl } from '@icrl/objective'
import { partNamed } from './part-named.ts'

/** What may be added to any objective: a KL penalty, an entropy bonus. */
export interface RegularizerOptions {
  /** β of the penalty in the loss for distance from the initial policy. @defaultValue 0 */
  readonly klCoefficient?: number
  /**
   * `k3-clamped` is k3 capped at 10 per token, as verl and slime compute it; TRL's is plain.
   *
   * @defaultValue `k3`
   */
  readonly klEstimator?: 'k1' | 'k2' | 'k3' | 'k3-clamped'
  /** β of the bonus in the loss for entropy. @defaultValue 0 */
  readonly entropyCoefficient?: number
}

/** Adds a KL penalty and an entropy bonus to an objective; returns it as it is if both are 0. */
export function regularize(
  objective: Objective,
  { klCoefficient, klEstimator, entropyCoefficient }: Required<RegularizerOptions>,
): Objective {
  const estimators = { k1, k2, k3, 'k3-clamped': clampKl(k3, { most: 10 }) }
  const estimator = partNamed('klEstimator', estimators, klEstimator)
  return withKl(withEntropyBonus(objective, { coefficient: entropyCoefficient }), {
    coefficient: klCoefficient,
    estimator,
  })
}
