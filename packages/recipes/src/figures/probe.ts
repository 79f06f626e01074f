import {
  compareSamples,
  decodeSample,
  encodeSample,
  IcrlError,
  isRebound,
  type Json,
  type RecipeMemory,
  type Sample,
  type ScoreSamples,
} from '@icrl/core'

/** Most answers in a probe set. */
const PROBE_SIZE = 64

/**
 * The fixed set of guided answers on which w_t is followed over the run: the first rebound ones
 * that succeeded, or the first ones if none did. w_t over a step's own revisions gets noisy when
 * few sessions fail; this does not. Chosen of the first samples that have any, and remembered.
 *
 * @throws `invalid-option` if the memory holds something else than an object
 */
export function rememberProbe(memory: RecipeMemory, samples: readonly Sample[]): void {
  if (keptIn(memory).probe !== undefined) return
  const guided = samples
    .filter((sample) => isRebound(sample) && sample.mask.includes(1))
    .sort(compareSamples)
  const right = guided.filter(({ success }) => success)
  const probe = (right.length > 0 ? right : guided).slice(0, PROBE_SIZE)
  if (probe.length > 0) memory.set({ ...keptIn(memory), probe: probe.map(encodeSample) })
}

/** The remembered probe; empty until there is one. */
export function probeIn(memory: RecipeMemory): Sample[] {
  const lines = (keptIn(memory).probe ?? []) as readonly string[]
  return lines.map(decodeSample)
}

/**
 * Mean of exp(logp under the trained prompt − logp under the sampled one) over the probe's tokens,
 * with the current weights of the policies. Capped as the recipe caps w_t: otherwise a few tokens
 * that the policy has unlearned under the old critique would dominate the mean.
 */
export async function probeWeightMean(
  probe: readonly Sample[],
  score: ScoreSamples,
  capWeights: (weights: Float32Array) => Float32Array,
): Promise<number | undefined> {
  const free = await score(probe, { prompt: 'trainedUnder' })
  const guided = await score(probe, { prompt: 'sampledUnder' })
  let [sum, count] = [0, 0]
  probe.forEach(({ mask }, i) => {
    const weights = capWeights(
      free[i].logprobs.map((logprob, t) => Math.exp(logprob - guided[i].logprobs[t])),
    )
    mask.forEach((one, t) => {
      if (!one) return
      sum += weights[t]
      count++
    })
  })
  return count === 0 ? undefined : sum / count
}

function keptIn(memory: RecipeMemory): Readonly<Record<string, Json>> {
  const kept = memory.get() ?? {}
  if (typeof kept === 'object' && kept !== null && !Array.isArray(kept))
    return kept as Readonly<Record<string, Json>>
  throw new IcrlError('probe: the recipe’s memory is not an object.', {
    code: 'invalid-option',
    remedy: 'Remember an object, and keep its other keys: `{ ...memory.get(), mine }`.',
  })
}
