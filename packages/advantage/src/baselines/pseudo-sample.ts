import { IcrlError } from '@icrl/core'
import type { Baseline } from './baseline.ts'

/**
 * Adds one imaginary sample of a given reward to the statistics of each group, but not to the
 * batch. With a reward of 1, a group that failed altogether learns that it could have done better;
 * one that succeeded altogether has advantages 0.
 *
 * The released code of ICRL (arXiv 2605.15224; not in the paper): with it, eight failures get
 * (0 − 1/9)/(1/3 + δ) each.
 *
 * @param reward the imaginary sample's reward
 * @throws `invalid-option` for a reward that is not finite
 * @example
 * import { meanStd, pseudoSample } from '@icrl/advantage'
 * pseudoSample(1, meanStd())([0, 0, 0, 0, 0, 0, 0, 0]) // -0.3333 each
 */
export function pseudoSample(reward: number, baseline: Baseline): Baseline {
  if (!Number.isFinite(reward))
    throw new IcrlError(`pseudoSample: the reward is ${reward}.`, {
      code: 'invalid-option',
      remedy: 'Use a finite number, usually 1.',
    })
  return (rewards) => (rewards.length === 0 ? [] : baseline([...rewards, reward]).slice(0, -1))
}
