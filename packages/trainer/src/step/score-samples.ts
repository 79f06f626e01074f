import {
  IcrlError,
  type Policy,
  type Sample,
  type ScoreItem,
  type ScoreOptions,
  type Scorer,
  type ScoreSamples,
  type TokenScores,
} from '@icrl/core'

/** The prompt a sample is scored under. */
export type ScoredPrompt = 'sampledUnder' | 'trainedUnder'

export interface ScorerForOptions {
  readonly policies: Readonly<Record<string, Policy>>
  /** By the name of the policy they are references of. */
  readonly references: Readonly<Record<string, Scorer>>
  /** Most tokens of one scoring pass. */
  readonly budget: number
}

/**
 * What a recipe scores samples with: the policies as they are now, or their references.
 *
 * @returns a function that throws `invalid-option` for a policy or reference that does not exist,
 * and `non-finite` naming the sample
 */
export function scorerFor({ policies, references, budget }: ScorerForOptions): ScoreSamples {
  const scorerOf = ({ id, policy }: Sample, by: string): Scorer => {
    const [scorers, name] =
      by === 'reference' ? [references, policy] : [policies, by === 'policy' ? policy : by]
    if (Object.hasOwn(scorers, name)) return scorers[name]
    const known = Object.keys(scorers).join(', ') || 'none'
    throw new IcrlError(
      `score: sample "${id}" is to be scored by "${by}": no ${by === 'reference' ? 'reference of ' : ''}policy "${name}".`,
      {
        code: 'invalid-option',
        remedy:
          by === 'reference'
            ? `Give references.${name}, or set \`wantsReference\` in the recipe. References are of: ${known}.`
            : `Policies are: ${known}.`,
      },
    )
  }
  return async (samples, { prompt, want, by = 'policy' }) => {
    const shares = new Map<Scorer, number[]>()
    samples.forEach((sample, i) => {
      const scorer = scorerOf(sample, by)
      const share = shares.get(scorer)
      if (share) share.push(i)
      else shares.set(scorer, [i])
    })
    const scores: TokenScores[] = []
    for (const [scorer, indices] of shares) {
      const own = indices.map((i) => samples[i])
      const scored = await tokenScores(scorer, own, prompt, budget, want)
      indices.forEach((i, at) => (scores[i] = scored[at]))
    }
    return scores
  }
}

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
  const scores = await tokenScores(scorer, samples, prompt, budget)
  return scores.map(({ logprobs }) => logprobs)
}

async function tokenScores(
  scorer: Scorer,
  samples: readonly Sample[],
  prompt: ScoredPrompt,
  budget: number,
  want?: ScoreOptions,
): Promise<TokenScores[]> {
  const scored: TokenScores[] = []
  for (const pass of passes(samples, prompt, budget)) {
    const items = pass.map((sample): ScoreItem => ({
      prompt: sample[prompt],
      response: sample.response,
      mask: sample.mask,
      // At 0 the softmax has no log-probabilities; samplers report those of 1.
      temperature: sample.temperature || 1,
    }))
    const scores = await scorer.score(items, want)
    scores.forEach((each, i) => {
      checkFinite(each.logprobs, pass[i])
      scored.push(each)
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
