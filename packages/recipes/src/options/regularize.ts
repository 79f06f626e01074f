import type { Objective } from '@icrl/core'
import { k1, k2, k3, withEntropyBonus, withKl } from '@icrl/objective'
import { partNamed } from './part-named.ts'

/** What may be added to any objective: a KL penalty, an entropy bonus. */
export interface RegularizerOptions {
  /** Penalty in the loss for distance from the initial policy; 0 where absent. */
  readonly klCoefficient?: number
  readonly klEstimator?: 'k1' | 'k2' | 'k3'
  /** Bonus in the loss for entropy; 0 where absent. */
  readonly entropyCoefficient?: number
}

/** An objective with the KL penalty and the entropy bonus asked for; itself where both are 0. */
export function regularize(
  objective: Objective,
  { klCoefficient, klEstimator, entropyCoefficient }: Required<RegularizerOptions>,
): Objective {
  const estimator = partNamed('klEstimator', { k1, k2, k3 }, klEstimator)
  return withKl(withEntropyBonus(objective, { coefficient: entropyCoefficient }), {
    coefficient: klCoefficient,
    estimator,
  })
}
