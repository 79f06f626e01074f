import { IcrlError, type Sample, type ScoreItem, type Scorer } from '@icrl/core'

/** The prompt a sample is scored under. */
export type ScoredPrompt = 'sampledUnder' | 'trainedUnder'

/**
 * Log-probabilities `[samples][T]` of the samples' responses under one of their prompts, in passes
 * of at most `budget` tokens.
 *
 * @throws `non-finite` naming the sample.
 */
export async function scoreSamples(
  scorer: Scorer,
  samples: readonly Sample[],
  prompt: ScoredPrompt,
  budget: number,
): Promise<Float32Array[]> {
  const scored: Float32Array[] = []
  for (const pass of passes(samples, prompt, budget)) {
    const items = pass.map((sample): ScoreItem => ({
      prompt: sample[prompt],
      response: sample.response,
      mask: sample.mask,
      temperature: sample.temperature,
    }))
    const scores = await scorer.score(items)
    scores.forEach(({ logprobs }, i) => {
      checkFinite(logprobs, pass[i])
      scored.push(logprobs)
    })
  }
  return scored
}

/** max |a − b| over the tokens that the policy chose. */
export function largestMismatch(mask: Uint8Array, a: Float32Array, b: Float32Array): number {
  return mask.reduce(
    (largest, one, t) => (one ? Math.max(largest, Math.abs(a[t] - b[t])) : largest),
    0,
  )
}

function passes(samples: readonly Sample[], prompt: ScoredPrompt, budget: number): Sample[][] {
  const batches: Sample[][] = []
  let room = 0
  for (const sample of samples) {
    const tokens = sample[prompt].length + sample.response.length
    if (batches.length === 0 || tokens > room) {
      batches.push([])
      room = budget
    }
    batches[batches.length - 1].push(sample)
    room -= tokens
  }
  return batches
}

function checkFinite(logprobs: Float32Array, { id, mask }: Sample): void {
  const at = logprobs.findIndex((value, t) => mask[t] === 1 && !Number.isFinite(value))
  if (at >= 0)
    throw new IcrlError(`sample "${id}": the score of token ${at} is ${logprobs[at]}.`, {
      code: 'non-finite',
      remedy:
        'The weights are broken: lower the learning rate and start from an earlier checkpoint.',
    })
}
