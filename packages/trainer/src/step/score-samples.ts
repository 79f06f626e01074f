import {
  IcrlError,
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
  readonly policies: Readonly<Record<string, Scorer>>
  /** By the name of the policy they are references of. */
  readonly references: Readonly<Record<string, Scorer>>
}

/**
 * What a recipe scores samples with: the policies as they are now, or their references.
 *
 * @returns a function that throws `invalid-option` for a policy or reference that does not exist,
 * and `non-finite` naming the sample
 */
export function scorerFor({ policies, references }: ScorerForOptions): ScoreSamples {
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
      const scored = await tokenScores(scorer, own, prompt, want)
      indices.forEach((i, at) => (scores[i] = scored[at]))
    }
    return scores
  }
}

/**
 * Log-probabilities `[samples][T]` of the samples' responses under one of their prompts.
 *
 * @throws `non-finite` naming the sample.
 */
export async function scoreSamples(
  scorer: Scorer,
  samples: readonly Sample[],
  prompt: ScoredPrompt,
): Promise<Float32Array[]> {
  return (await tokenScores(scorer, samples, prompt)).map(({ logprobs }) => logprobs)
}

async function tokenScores(
  scorer: Scorer,
  samples: readonly Sample[],
  prompt: ScoredPrompt,
  want?: ScoreOptions,
): Promise<TokenScores[]> {
  if (samples.length === 0) return []
  const scores = await scorer.score(
    samples.map((sample): ScoreItem => ({
      prompt: sample[prompt],
      response: sample.response,
      mask: sample.mask,
      // At 0 the softmax has no log-probabilities; samplers report those of 1.
      temperature: sample.temperature || 1,
    })),
    want,
  )
  scores.forEach(({ logprobs }, i) => checkFinite(logprobs, samples[i]))
  return scores
}

/** How far log-probabilities of sampling are from those of the same weights computed again. */
export interface Mismatch {
  /** Largest |a − b| in nats. */
  readonly max: number
  /** Σ |a − b| over the tokens. */
  readonly sum: number
  readonly tokens: number
}

/** |a − b| over the tokens that the policy chose. */
export function mismatchOf(mask: Uint8Array, a: Float32Array, b: Float32Array): Mismatch {
  const gaps = Array.from(mask).flatMap((one, t) => (one ? [Math.abs(a[t] - b[t])] : []))
  return {
    max: gaps.reduce((largest, gap) => Math.max(largest, gap), 0),
    sum: gaps.reduce((sum, gap) => sum + gap, 0),
    tokens: gaps.length,
  }
}

/** All of them together; undefined if there is none. */
export function joinMismatches(found: readonly (Mismatch | undefined)[]): Mismatch | undefined {
  const known = found.filter((one) => one !== undefined)
  if (known.length === 0) return undefined
  return known.reduce((all, { max, sum, tokens }) => ({
    max: Math.max(all.max, max),
    sum: all.sum + sum,
    tokens: all.tokens + tokens,
  }))
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
