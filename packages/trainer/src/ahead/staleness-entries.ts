import { isRebound, type Sample } from '@icrl/core'
import { meanOf, shareOf } from '../run/metrics-line.ts'
import type { CollectedStep } from '../step/collect-step.ts'
import { isSampled } from '../step/prepare-samples.ts'
import type { Entry } from '../step/step-metrics.ts'

export interface StalenessFigures {
  readonly step: number
  readonly collected: Pick<CollectedStep, 'samples' | 'sampled' | 'ahead'>
  /** The samples that filters kept, with everything that was computed for them. */
  readonly trained: readonly Sample[]
  /** Version of each policy before it learned from them. */
  readonly versions: Readonly<Record<string, string>>
}

/**
 * `staleness/*` and `ledger/stale` of a step that was sampled ahead; nothing of another one.
 * `staleness/kl` estimates KL(π_behavior ‖ π_now) under the sampled prompt, in nats per token, by
 * r − 1 − log r with r = π_now/π_behavior (Schulman 2020, k3), over samples that are not rebound.
 */
export function stalenessEntries({
  step,
  collected: { samples, sampled, ahead },
  trained,
  versions,
}: StalenessFigures): Entry[] {
  if (!ahead) return []
  const isStale = ({ version, policy }: Sample): boolean => version !== versions[policy]
  const staleTokens = ({ mask, policy, version, versions: spans }: Sample): number =>
    (spans ?? [{ from: 0, version }]).reduce((sum, span, i, all) => {
      const end = all[i + 1]?.from ?? mask.length
      return span.version === versions[policy] ? sum : sum + chosen(mask.subarray(span.from, end))
    }, 0)
  const own = samples.filter((sample) => sampled.has(sample.id) && isSampled(sample))
  return [
    ['staleness/steps', step - ahead.weightsAt],
    ['staleness/stale_fraction', shareOf(own, isStale)],
    ['staleness/kl', meanOf(trained.filter((one) => sampled.has(one.id)).flatMap(divergences))],
    ['ledger/stale', own.reduce((sum, sample) => sum + staleTokens(sample), 0)],
  ]
}

function chosen(mask: Uint8Array): number {
  return mask.reduce((sum, one) => sum + one, 0)
}

/** Where a correction was made, the old log-probabilities are those of now. */
function divergences(sample: Sample): number[] {
  const { behaviorLogprobs, mask, correction, oldLogprobs, trainLogprobs } = sample
  const now = correction ? oldLogprobs : trainLogprobs
  if (!now || isRebound(sample) || !isSampled(sample)) return []
  return Array.from(mask).flatMap((one, t) => {
    const log = now[t] - behaviorLogprobs[t]
    return one ? [Math.expm1(log) - log] : []
  })
}
