import { IcrlError, isRebound, type Sample } from '@icrl/core'

/** What a weight rule reads of a sample. */
export type WeightInput = Pick<
  Sample,
  'id' | 'mask' | 'sampledUnder' | 'trainedUnder' | 'behaviorLogprobs' | 'oldLogprobs'
>

/**
 * Largest finite float32. Raw weights saturate here, so that they can be stored; any usual cap is
 * far below.
 */
const LARGEST = 3.4028234663852886e38

/**
 * `log w_t = log π_old(y_t | trained prompt) − log π_behavior(y_t | sampled prompt)`, nats, `[T]`,
 * 0 where masked. Undefined if the two are known to be the same (the sample is neither rebound nor
 * scored again).
 *
 * @throws `invalid-shape` for a rebound sample that was not scored; `non-finite` naming the token
 */
export function logWeights(sample: WeightInput): Float64Array | undefined {
  if (!sample.oldLogprobs && !isRebound(sample)) return undefined
  const { id, mask, behaviorLogprobs } = sample
  const oldLogprobs = oldLogprobsOf(sample)
  return Float64Array.from(mask, (trained, t) => {
    if (!trained) return 0
    const difference = oldLogprobs[t] - behaviorLogprobs[t]
    if (!Number.isNaN(difference)) return difference
    throw new IcrlError(
      `calibration: sample ${id}, token ${t}: old ${oldLogprobs[t]}, behavior ${behaviorLogprobs[t]}.`,
      { code: 'non-finite', remedy: 'Look at what sampled or scored this token.' },
    )
  })
}

/** `exp`, but at most the largest float32: never infinite. */
export function weightOf(logWeight: number): number {
  return Math.min(Math.exp(logWeight), LARGEST)
}

/**
 * Log-probabilities of the response under the prompt it is trained under and the weights that
 * sampled it, nats.
 *
 * @throws `invalid-shape` for a rebound sample that was not scored
 */
export function oldLogprobsOf(sample: WeightInput): Float32Array {
  if (sample.oldLogprobs) return sample.oldLogprobs
  if (!isRebound(sample)) return sample.behaviorLogprobs
  throw new IcrlError(`calibration: sample ${sample.id} is rebound but has no oldLogprobs.`, {
    code: 'invalid-shape',
    remedy:
      'Score it under `trainedUnder` with the weights that sampled it, before the first optimizer step.',
  })
}
