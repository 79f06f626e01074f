import { IcrlError, type RewardSetter } from '@icrl/core'

/**
 * Sets a sample's reward to a weighted sum of its named components, for example 0.9 accuracy and
 * 0.1 format. Applies to one role; the others stay as they are.
 *
 * @param weights by component name
 * @throws `invalid-shape` naming the sample and the component it lacks
 * @example
 * import { weightComponents } from '@icrl/advantage'
 * const rule = weightComponents('solver', { accuracy: 0.9, format: 0.1 })
 */
export function weightComponents(
  role: string,
  weights: Readonly<Record<string, number>>,
): RewardSetter<'id' | 'keys'> {
  return ({ samples }) =>
    samples.map((sample) => {
      if (sample.keys.role !== role) return sample
      const reward = Object.entries(weights).reduce(
        (sum, [name, weight]) => sum + weight * component(sample.rewards, name, sample.id),
        0,
      )
      return { ...sample, reward }
    })
}

function component(rewards: Readonly<Record<string, number>>, name: string, id: string): number {
  if (!Object.hasOwn(rewards, name)) {
    throw new IcrlError(`weightComponents: sample ${id} has no reward component "${name}".`, {
      code: 'invalid-shape',
      remedy: `It has ${Object.keys(rewards).join(', ') || 'none'}; let the verifier report the missing one or weigh another.`,
    })
  }
  return rewards[name]
}
