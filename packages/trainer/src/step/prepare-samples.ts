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
import { joinMismatches, type Mismatch, mismatchOf, scoreSamples } from './score-samples.ts'

export interface PrepareContext {
  readonly recipe: Pick<
    Recipe,
    'name' | 'advantages' | 'weights' | 'wantsReference' | 'objective' | 'correction'
  >
  readonly policies: Readonly<Record<string, Policy>>
  readonly responders: Readonly<Record<string, Responder>>
  readonly references: Readonly<Record<string, Scorer>>
  /** Old log-probabilities by id, of weights that are gone: computed while they were there. */
  readonly known?: ReadonlyMap<string, Float32Array>
}

/**
 * Adds reference and old log-probabilities, corrections, advantages and, if the old
 * log-probabilities are known, w_t. For on-policy samples of an `exact` policy the old ones are
 * those of sampling. Others are scored if the recipe needs them for advantages or corrects them, or
 * if `needsOld` says that the first training pass would be too late.
 *
 * @throws `invalid-option` for a sample whose weights are gone, if its objective reads old
 * log-probabilities and the recipe has no correction; `invalid-shape` or `non-finite` if the
 * recipe's advantages do not fit the samples.
 */
export async function prepareSamples(
  context: PrepareContext,
  kept: readonly Sample[],
  needsOld: (policy: string) => boolean,
): Promise<Sample[]> {
  const { recipe } = context
  kept.forEach((sample) => refuseStale(context, sample))
  const referenced = await withReference(context, kept)
  const known = referenced.map((sample) => {
    const oldLogprobs = isExactlyKnown(context, sample)
      ? sample.behaviorLogprobs
      : context.known?.get(sample.id)
    return oldLogprobs ? { ...sample, oldLogprobs } : sample
  })
  const scored = await withOld(
    context,
    known,
    (sample) =>
      !sample.oldLogprobs &&
      (needsOld(sample.policy) ||
        recipe.wantsReference === true ||
        isCorrected(context, sample) ||
        isOfOthers(context, sample)),
  )
  return withWeights(context, withAdvantages(recipe, scored))
}

/**
 * Prepares samples that keep the advantages they have: copies, and replayed samples. Their old
 * log-probabilities and w_t are those of the current weights.
 */
export async function refreshSamples(
  context: PrepareContext,
  samples: readonly Sample[],
): Promise<Sample[]> {
  const fresh = samples.map((sample): Sample => ({
    ...sample,
    oldLogprobs: undefined,
    referenceLogprobs: undefined,
    weights: undefined,
    correction: undefined,
    trainLogprobs: undefined,
  }))
  const scored = await scoreEach(
    await withReference(context, fresh),
    () => true,
    (policy, own) => scoreSamples(context.policies[policy], own, 'trainedUnder'),
    'oldLogprobs',
  )
  return scored.map((sample) => weighted(context.recipe, sample))
}

/**
 * |behavior − logp recomputed now|, under the sampled prompt, over all samples whose sampler
 * can score and still has the weights that sampled them. Undefined if there is no such sample.
 */
export async function measureMismatch(
  { responders }: Pick<PrepareContext, 'responders'>,
  samples: readonly Sample[],
): Promise<Mismatch | undefined> {
  const found: Mismatch[] = []
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
      found.push(mismatchOf(mask, behaviorLogprobs, scored[i]))
    })
  }
  return joinMismatches(found)
}

/**
 * True if the policy to be trained sampled this itself, with its current weights, under the prompt
 * that it will be trained under.
 */
export function isOnPolicy(
  context: Pick<PrepareContext, 'policies' | 'responders'>,
  sample: Sample,
): boolean {
  return (
    isSampled(sample) && isOwn(context, sample) && isCurrent(context, sample) && !isRebound(sample)
  )
}

/** True if a policy drew it, in this run. */
export function isSampled({ origin }: Pick<Sample, 'origin'>): boolean {
  return (origin ?? 'policy') === 'policy'
}

/** True if the policy to be trained sampled it. */
function isOwn(
  { policies, responders }: Pick<PrepareContext, 'policies' | 'responders'>,
  { policy, keys }: Sample,
): boolean {
  return responders[keys.role] === policies[policy]
}

/** What sampled it, if that can score and still has the weights: a frozen role’s snapshot, too. */
function sourceOf({ responders }: PrepareContext, { keys, version }: Sample): Scorer | undefined {
  const responder = responders[keys.role]
  if (!responder || !('score' in responder)) return undefined
  const source = responder as Scorer & Partial<Pick<Policy, 'version'>>
  return (source.version ?? version) === version ? source : undefined
}

/** True if weights that are there, but are not those that are trained, sampled it. */
function isOfOthers(context: PrepareContext, sample: Sample): boolean {
  if (!isSampled(sample) || !readsOld(context.recipe, sample) || isOwn(context, sample))
    return false
  return sourceOf(context, sample) !== undefined
}

/** True if the weights that sampled it are those that are trained. */
function isCurrent({ policies }: Pick<PrepareContext, 'policies'>, sample: Sample): boolean {
  return sample.version === policies[sample.policy].version
}

function isExact({ policies }: PrepareContext, { policy }: Sample): boolean {
  return policies[policy].capabilities.has('exact')
}

function isExactlyKnown(context: PrepareContext, sample: Sample): boolean {
  return isExact(context, sample) && isOnPolicy(context, sample)
}

/** True if the recipe has a correction and the sampler's log-probabilities may not be those of now. */
function isCorrected(context: PrepareContext, sample: Sample): boolean {
  const { recipe } = context
  if (!recipe.correction || !isSampled(sample) || !readsOld(recipe, sample)) return false
  if (isOfOthers(context, sample)) return false
  return !(isExact(context, sample) && isOwn(context, sample) && isCurrent(context, sample))
}

/** True if the loss of a sample, or its w_t, is computed from old log-probabilities. */
export function readsOld(
  { objective, weights }: Pick<Recipe, 'objective' | 'weights'>,
  sample: Sample,
): boolean {
  const { keys, origin } = sample
  const rebound = isRebound(sample)
  const wants = objective.wantsOf?.({ keys, origin, rebound }) ?? objective.wants
  return wants?.old === true || (weights !== undefined && rebound)
}

/** Old log-probabilities belong to the version that sampled; they cannot be made up later. */
function refuseStale(context: PrepareContext, sample: Sample): void {
  const { recipe, policies } = context
  if (recipe.correction || !isSampled(sample) || isCurrent(context, sample)) return
  if (!readsOld(recipe, sample) || isOfOthers(context, sample)) return
  if (context.known?.has(sample.id)) return
  throw new IcrlError(
    `recipe "${recipe.name}": sample "${sample.id}" was sampled by the weights "${sample.version}", which are gone: policy "${sample.policy}" is at "${policies[sample.policy].version}", and the ratio of the two is not known.`,
    {
      code: 'invalid-option',
      remedy:
        'Give the recipe a `correction`, train samples before the weights move, or use an objective that reads no old log-probabilities.',
    },
  )
}

async function withReference(
  { recipe, references }: PrepareContext,
  samples: readonly Sample[],
): Promise<Sample[]> {
  if (!recipe.wantsReference && !recipe.objective.wants?.reference) return [...samples]
  return scoreEach(
    samples,
    () => true,
    (policy, own) => scoreSamples(references[policy], own, 'trainedUnder'),
    'referenceLogprobs',
  )
}

/** Old log-probabilities by the weights that sampled; where those are gone, by the current ones. */
async function withOld(
  context: PrepareContext,
  samples: readonly Sample[],
  wanted: (sample: Sample) => boolean,
): Promise<Sample[]> {
  const others = samples.filter((sample) => wanted(sample) && isOfOthers(context, sample))
  const found = new Map<string, Float32Array>()
  for (const source of new Set(others.map((sample) => sourceOf(context, sample)!))) {
    const own = others.filter((sample) => sourceOf(context, sample) === source)
    const scored = await scoreSamples(source, own, 'trainedUnder')
    own.forEach(({ id }, i) => found.set(id, scored[i]))
  }
  const known = samples.map((sample) =>
    found.has(sample.id) ? { ...sample, oldLogprobs: found.get(sample.id) } : sample,
  )
  return scoreEach(
    known,
    (sample) => !found.has(sample.id) && wanted(sample),
    (policy, own) => scoreSamples(context.policies[policy], own, 'trainedUnder'),
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

/**
 * Corrections c_t and weights w_t. c_t carries the weights that sampled to the current ones under
 * the sampled prompt; w_t the sampled prompt to the trained one, both under the current weights.
 */
async function withWeights(context: PrepareContext, samples: readonly Sample[]): Promise<Sample[]> {
  const { recipe, policies } = context
  const current = new Map<string, Float32Array>()
  const corrected = samples.filter((sample) => isCorrected(context, sample))
  for (const { id, oldLogprobs } of corrected.filter((sample) => !isRebound(sample)))
    current.set(id, oldLogprobs!)
  const rebound = corrected.filter(isRebound)
  for (const name of [...new Set(rebound.map(({ policy }) => policy))].sort()) {
    const own = rebound.filter(({ policy }) => policy === name)
    const scored = await scoreSamples(policies[name], own, 'sampledUnder')
    own.forEach(({ id }, i) => current.set(id, scored[i]))
  }
  return samples.map((sample) => {
    const now = current.get(sample.id)
    return now ? correctedSample(recipe, sample, now) : weighted(recipe, sample)
  })
}

function correctedSample(
  recipe: PrepareContext['recipe'],
  sample: Sample,
  current: Float32Array,
): Sample {
  const { behaviorLogprobs, mask, id } = sample
  const correction = recipe.correction!.weigh({ current, behavior: behaviorLogprobs, mask })
  const wrong = correction.findIndex(
    (value, t) => mask[t] === 1 && !(value >= 0 && value < Infinity),
  )
  if (correction.length !== mask.length || wrong >= 0)
    throw new IcrlError(
      `recipe "${recipe.name}": the correction of sample "${id}" ${wrong >= 0 ? `is ${correction[wrong]} at token ${wrong}` : `has ${correction.length} values for ${mask.length} tokens`}.`,
      {
        code: wrong >= 0 ? 'non-finite' : 'invalid-shape',
        remedy: 'A correction returns one finite factor of 0 or more per token.',
      },
    )
  const { weights } = weighted(recipe, { ...sample, behaviorLogprobs: current })
  return { ...sample, correction, ...(weights && { weights }) }
}

function weighted({ weights: rule }: PrepareContext['recipe'], sample: Sample): Sample {
  const weights = sample.oldLogprobs && rule?.(sample)
  return weights ? { ...sample, weights: finiteWeights(weights, sample) } : sample
}
