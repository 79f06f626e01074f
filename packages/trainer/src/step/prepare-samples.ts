import {
  IcrlError,
  isRebound,
  type Policy,
  type Recipe,
  type Sample,
  type Scorer,
} from '@icrl/core'
import type { Responder } from '@icrl/rollout'
import { finiteWeights } from './batch-loss.ts'
import { largestMismatch, scoreSamples } from './score-samples.ts'

export interface PrepareContext {
  readonly recipe: Pick<Recipe, 'name' | 'advantages' | 'weights' | 'wantsReference' | 'objective'>
  readonly policies: Readonly<Record<string, Policy>>
  readonly responders: Readonly<Record<string, Responder>>
  readonly references: Readonly<Record<string, Scorer>>
}

/**
 * Adds reference and old log-probabilities, advantages and, if the old log-probabilities are known,
 * w_t. For on-policy samples of an `exact` policy the old ones are those of sampling. Others are
 * scored if the recipe needs them for advantages, or if `needsOld` says that the first training
 * pass would be too late.
 *
 * @throws `invalid-shape` or `non-finite` if the recipe's advantages do not fit the samples.
 */
export async function prepareSamples(
  context: PrepareContext,
  kept: readonly Sample[],
  needsOld: (policy: string) => boolean,
): Promise<Sample[]> {
  const { recipe } = context
  const referenced =
    recipe.wantsReference || recipe.objective.wants?.reference
      ? await withReference(context, kept)
      : kept
  const known = referenced.map((sample) =>
    isExactlyKnown(context, sample) ? { ...sample, oldLogprobs: sample.behaviorLogprobs } : sample,
  )
  const scored = await withOld(
    context,
    known,
    (sample) => !sample.oldLogprobs && (needsOld(sample.policy) || recipe.wantsReference === true),
  )
  return withAdvantages(recipe, scored).map((sample) => {
    const weights = sample.oldLogprobs && recipe.weights?.(sample)
    return weights ? { ...sample, weights: finiteWeights(weights, sample) } : sample
  })
}

/**
 * max |behavior − logp recomputed now|, under the sampled prompt, over all samples whose sampler
 * can score and still has the weights that sampled them. Undefined if there is no such sample.
 */
export async function measureMismatch(
  { responders }: PrepareContext,
  samples: readonly Sample[],
): Promise<number | undefined> {
  let largest: number | undefined
  for (const role of [...new Set(samples.map(({ keys }) => keys.role))].sort()) {
    const responder = responders[role]
    if (!responder || !('score' in responder)) continue
    const scorer = responder as Scorer & Partial<Pick<Policy, 'version'>>
    const own = samples.filter(
      ({ keys, origin, version }) =>
        keys.role === role &&
        (origin ?? 'policy') === 'policy' &&
        (scorer.version ?? version) === version,
    )
    const scored = await scoreSamples(scorer, own, 'sampledUnder')
    own.forEach(({ mask, behaviorLogprobs }, i) => {
      largest = Math.max(largest ?? 0, largestMismatch(mask, behaviorLogprobs, scored[i]))
    })
  }
  return largest
}

/**
 * True if the policy to be trained sampled this itself, with its current weights, under the prompt
 * that it will be trained under.
 */
export function isOnPolicy(
  { policies, responders }: Pick<PrepareContext, 'policies' | 'responders'>,
  sample: Sample,
): boolean {
  const policy = policies[sample.policy]
  return (
    (sample.origin ?? 'policy') === 'policy' &&
    responders[sample.keys.role] === policy &&
    sample.version === policy.version &&
    !isRebound(sample)
  )
}

function isExactlyKnown(context: PrepareContext, sample: Sample): boolean {
  return context.policies[sample.policy].capabilities.has('exact') && isOnPolicy(context, sample)
}

async function withReference(
  { references }: PrepareContext,
  samples: readonly Sample[],
): Promise<Sample[]> {
  return scoreEach(
    samples,
    () => true,
    (policy, own) => scoreSamples(references[policy], own, 'trainedUnder'),
    'referenceLogprobs',
  )
}

async function withOld(
  { policies }: PrepareContext,
  samples: readonly Sample[],
  wanted: (sample: Sample) => boolean,
): Promise<Sample[]> {
  return scoreEach(
    samples,
    wanted,
    (policy, own) => scoreSamples(policies[policy], own, 'trainedUnder'),
    'oldLogprobs',
  )
}

async function scoreEach(
  samples: readonly Sample[],
  wanted: (sample: Sample) => boolean,
  score: (policy: string, own: Sample[]) => Promise<Float32Array[]>,
  field: 'oldLogprobs' | 'referenceLogprobs',
): Promise<Sample[]> {
  const found = new Map<string, Float32Array>()
  const chosen = samples.filter(wanted)
  for (const policy of [...new Set(chosen.map((sample) => sample.policy))].sort()) {
    const own = chosen.filter((sample) => sample.policy === policy)
    const logprobs = await score(policy, own)
    own.forEach(({ id }, i) => found.set(id, logprobs[i]))
  }
  return samples.map((sample) =>
    found.has(sample.id) ? { ...sample, [field]: found.get(sample.id) } : sample,
  )
}

function withAdvantages(
  { name, advantages }: PrepareContext['recipe'],
  samples: readonly Sample[],
): Sample[] {
  const values = advantages(samples)
  const wrong = (sample: string, what: string, code: 'invalid-shape' | 'non-finite'): IcrlError =>
    new IcrlError(`recipe "${name}": ${what}${sample && `, sample "${sample}"`}.`, {
      code,
      remedy: 'The advantage rule returns one finite number, or one per token, for each sample.',
    })
  if (values.length !== samples.length)
    throw wrong('', `${values.length} advantages for ${samples.length} samples`, 'invalid-shape')
  return samples.map((sample, i) => {
    const value = values[i]
    const perToken =
      typeof value === 'number' ? new Float32Array(sample.response.length).fill(value) : value
    if (perToken.length !== sample.response.length)
      throw wrong(
        sample.id,
        `${perToken.length} advantages for ${sample.response.length} tokens`,
        'invalid-shape',
      )
    if (!perToken.every(Number.isFinite))
      throw wrong(sample.id, 'the advantages are not finite', 'non-finite')
    return { ...sample, advantages: perToken }
  })
}
