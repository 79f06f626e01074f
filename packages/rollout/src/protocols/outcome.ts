import { IcrlError } from '@icrl/core'

/**
 * The outcome of an attempt, checked.
 *
 * @throws `non-finite` or `invalid-shape` where it is not a number in [0, 1].
 */
export function outcomeOf(reward: number, where: string): number {
  if (reward >= 0 && reward <= 1) return reward
  throw new IcrlError(`${where}: the reward is ${reward}.`, {
    code: Number.isFinite(reward) ? 'invalid-shape' : 'non-finite',
    remedy: 'Rewards lie in [0, 1]; success is 1 exactly.',
  })
}
