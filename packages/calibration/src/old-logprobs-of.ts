import { IcrlError, isRebound, type Sample } from '@icrl/core'

/**
 * Log-probabilities of the response under the prompt it is trained under and the weights that
 * sampled it, nats.
 *
 * @throws `invalid-shape` for a rebound sample that was not scored
 */
export function oldLogprobsOf(sample: Sample): Float32Array {
  if (sample.oldLogprobs) return sample.oldLogprobs
  if (!isRebound(sample)) return sample.behaviorLogprobs
  throw new IcrlError(`calibration: sample ${sample.id} is rebound but has no oldLogprobs.`, {
    code: 'invalid-shape',
    remedy:
      'Score it under `trainedUnder` with the weights that sampled it, before the first optimizer step.',
  })
}
