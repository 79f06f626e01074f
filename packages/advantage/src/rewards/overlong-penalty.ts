import { IcrlError } from '@icrl/core'

/** Where the penalty for long responses begins and where it is full, in tokens. */
export interface OverlongOptions {
  /** L_max: the penalty is −1 from this length on. */
  readonly maxLength: number
  /** L_cache: the penalty begins so many tokens earlier. */
  readonly cache: number
}

/**
 * DAPO's soft overlong punishment of a response, from its length in tokens:
 *
 *     r = 0                                        if length ≤ L_max − L_cache
 *       = ((L_max − L_cache) − length) / L_cache   inside the cache
 *       = −1                                       if length > L_max
 *
 * Yu et al. 2025 (arXiv 2503.14476) eq. 13.
 *
 * @throws `invalid-option` unless 0 < cache ≤ maxLength
 * @example
 * import { overlongPenalty } from '@icrl/advantage'
 * overlongPenalty(18432, { maxLength: 20480, cache: 4096 }) // -0.5
 */
export function overlongPenalty(length: number, { maxLength, cache }: OverlongOptions): number {
  if (!(cache > 0 && cache <= maxLength)) {
    throw new IcrlError(`overlongPenalty: a cache of ${cache} tokens in ${maxLength}.`, {
      code: 'invalid-option',
      remedy: 'Use 0 < cache ≤ maxLength.',
    })
  }
  const start = maxLength - cache
  if (length <= start) return 0
  return length > maxLength ? -1 : (start - length) / cache
}
