import { IcrlError, isRebound, type Sample } from '@icrl/core'

/** What the KL of its tokens reads of a sample. */
export type KlScored = Pick<
  Sample,
  | 'id'
  | 'mask'
  | 'sampledUnder'
  | 'trainedUnder'
  | 'behaviorLogprobs'
  | 'oldLogprobs'
  | 'referenceLogprobs'
>

/**
 * Per-token k1 estimate of the KL from the reference: `log π_old − log π_ref`, nats, `[T]`, 0 where
 * masked. For a sample that is neither rebound nor scored again, π_old is its behavior policy.
 *
 * @throws `invalid-shape` naming the sample and the array it lacks
 */
export function tokenKl(sample: KlScored): Float64Array {
  const { id, mask, referenceLogprobs } = sample
  const old = sample.oldLogprobs ?? (isRebound(sample) ? undefined : sample.behaviorLogprobs)
  if (!referenceLogprobs || !old) {
    throw new IcrlError(
      `kl in the reward: sample ${id} has no ${referenceLogprobs ? 'oldLogprobs' : 'referenceLogprobs'}.`,
      {
        code: 'invalid-shape',
        remedy: referenceLogprobs
          ? 'Score rebound samples under their trained prompt first.'
          : 'Set `wantsReference` on the recipe, or use a coefficient of 0.',
      },
    )
  }
  return Float64Array.from(mask, (trained, t) => (trained ? old[t] - referenceLogprobs[t] : 0))
}
