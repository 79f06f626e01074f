import { isRebound, type Policy, type Sample } from '@icrl/core'
import { scoreSamples } from '../step/score-samples.ts'

/** Most answers in a probe set. */
const PROBE_SIZE = 64

/**
 * Chooses a fixed set of critique-guided answers on which w_t is followed over the run: the first
 * rebound ones that succeeded, or the first ones if none did. w_t over a step's own revisions gets
 * noisy when few sessions fail; this does not.
 */
export function chooseProbe(samples: readonly Sample[]): readonly Sample[] {
  const guided = samples.filter((sample) => isRebound(sample) && sample.mask.includes(1))
  const right = guided.filter(({ success }) => success)
  return (right.length > 0 ? right : guided).slice(0, PROBE_SIZE)
}

/**
 * Mean of exp(logp under the trained prompt − logp under the sampled one) over the probe's tokens,
 * with the current weights of the policies. Capped as the recipe caps w_t: otherwise a few tokens
 * that the policy has unlearned under the old critique would dominate the mean. Greedy answers are
 * scored at temperature 1: at 0 the softmax has no weights.
 */
export async function probeWeightMean(
  policies: Readonly<Record<string, Policy>>,
  probe: readonly Sample[],
  capWeights: (weights: Float32Array) => Float32Array = (weights) => weights,
): Promise<number | undefined> {
  let [sum, count] = [0, 0]
  for (const name of Object.keys(policies).sort()) {
    const own = probe.filter(({ policy }) => policy === name).map(scoredAt)
    const free = await scoreSamples(policies[name], own, 'trainedUnder')
    const guided = await scoreSamples(policies[name], own, 'sampledUnder')
    own.forEach(({ mask }, i) => {
      const weights = capWeights(free[i].map((logprob, t) => Math.exp(logprob - guided[i][t])))
      mask.forEach((one, t) => {
        if (!one) return
        sum += weights[t]
        count++
      })
    })
  }
  return count === 0 ? undefined : sum / count
}

function scoredAt(sample: Sample): Sample {
  return sample.temperature === 0 ? { ...sample, temperature: 1 } : sample
}
