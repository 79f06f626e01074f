import {
  IcrlError,
  isRebound,
  type LossSlopes,
  type ObjectiveInput,
  type ObjectiveResult,
  type Recipe,
  type Sample,
  type TokenScores,
  type TokenSlopes,
} from '@icrl/core'
import { evaluationUnit } from './plan-optimizer-batches.ts'

/** One sample of an optimizer batch, with its share of the loss. */
export interface BatchEntry {
  readonly sample: Sample
  /** `[T]` */
  readonly coefficients: Float32Array
  /** `[T]` capped w_t, if the old log-probabilities were known before the pass. */
  readonly weights?: Float32Array
}

/** What the evaluation of an entry showed. */
export interface Evaluated {
  readonly result: ObjectiveResult
  /** `[T]` log-probabilities of the pass that evaluated it. */
  readonly logprobs: Float32Array
  /** `[T]` raw w_t, if it was computed in the pass itself. */
  readonly rawWeights?: Float32Array
}

/** The loss of one optimizer batch, as a policy asks for its slopes. */
export interface BatchLoss {
  readonly slopes: LossSlopes
  /**
   * What was evaluated, in the order of the entries.
   *
   * @throws `unsupported` naming a sample that the policy left out
   */
  evaluated(): readonly Evaluated[]
}

type LossRecipe = Pick<Recipe, 'objective' | 'weights' | 'capWeights'>

/**
 * The recipe's loss over one optimizer batch; entry i is item i of the policy's pass. A sample's old
 * log-probabilities may be unknown beforehand (it is rebound, or the policy is not `exact`, and the
 * step makes exactly one optimizer step). Then the pass's own are the old ones, and w_t is computed
 * here, as a constant.
 *
 * @throws from the slopes: `non-finite` naming the sample; `unsupported` if the policy asks for half
 * a unit, or twice for a sample
 */
export function batchLoss(recipe: LossRecipe, entries: readonly BatchEntry[]): BatchLoss {
  const units = unitsOf(recipe, entries)
  const seen = new Array<Evaluated | undefined>(entries.length).fill(undefined)
  return {
    slopes(indices, scores) {
      const wrong = indices.find((index) => !units[index])
      if (wrong !== undefined)
        throw misbehaved(`the policy asked for the slopes of item ${wrong} of ${entries.length}`)
      const given = new Map(indices.map((index, i) => [index, scores[i]]))
      for (const unit of new Set(indices.map((index) => units[index]))) {
        checkUnit(entries, unit, given, seen)
        for (const [index, found] of evaluateUnit(recipe, entries, unit, given)) seen[index] = found
      }
      return indices.map((index) => slopesOf(seen[index]!))
    },
    evaluated: () =>
      seen.map((found, i) => {
        if (found) return found
        throw misbehaved(`the policy left out sample "${entries[i].sample.id}"`)
      }),
  }
}

/** For every entry the places of its unit, one array shared by all of them. */
function unitsOf({ objective }: LossRecipe, entries: readonly BatchEntry[]): number[][] {
  const units = new Map<string, number[]>()
  return entries.map(({ sample }, index) => {
    const name = evaluationUnit(sample, objective)
    const unit = units.get(name) ?? []
    units.set(name, unit)
    unit.push(index)
    return unit
  })
}

function checkUnit(
  entries: readonly BatchEntry[],
  unit: readonly number[],
  given: ReadonlyMap<number, TokenScores>,
  seen: readonly (Evaluated | undefined)[],
): void {
  for (const index of unit) {
    const { id } = entries[index].sample
    if (!given.has(index)) throw misbehaved(`the policy cut the unit of sample "${id}" in two`)
    if (seen[index]) throw misbehaved(`the policy asked twice for the slopes of sample "${id}"`)
  }
}

function evaluateUnit(
  recipe: LossRecipe,
  entries: readonly BatchEntry[],
  unit: readonly number[],
  given: ReadonlyMap<number, TokenScores>,
): [number, Evaluated][] {
  const own = unit.map((index) => ({ ...entries[index], scores: given.get(index)! }))
  const raw = own.map(({ sample, scores }) => lateWeights(recipe, sample, scores.logprobs))
  const results = recipe.objective.evaluate(
    own.map((entry, i) => inputOf(recipe, entry, entry.scores, raw[i])),
  )
  return results.map((result, i) => {
    checkFinite(result, own[i].sample)
    const logprobs = Float32Array.from(own[i].scores.logprobs)
    return [unit[i], { result, logprobs, rawWeights: raw[i] }]
  })
}

function inputOf(
  { capWeights }: LossRecipe,
  { sample, coefficients, weights }: BatchEntry,
  { logprobs, entropy }: TokenScores,
  rawWeights: Float32Array | undefined,
): ObjectiveInput {
  const { mask, advantages, oldLogprobs, behaviorLogprobs, referenceLogprobs, keys, origin } =
    sample
  return {
    logprobs,
    entropy,
    mask,
    coefficients,
    advantages: advantages!,
    weights: product(
      rawWeights ? (capWeights?.(rawWeights) ?? rawWeights) : weights,
      sample.correction,
    ),
    oldLogprobs,
    behaviorLogprobs,
    referenceLogprobs,
    keys,
    origin,
    rebound: isRebound(sample),
  }
}

/** w_t · c_t; undefined if both are all 1. */
function product(
  weights: Float32Array | undefined,
  correction: Float32Array | undefined,
): Float32Array | undefined {
  if (!weights || !correction) return weights ?? correction
  return weights.map((weight, t) => weight * correction[t])
}

function lateWeights(
  { weights }: LossRecipe,
  sample: Sample,
  logprobs: Float32Array,
): Float32Array | undefined {
  if (sample.oldLogprobs || !weights) return undefined
  const raw = weights({ ...sample, oldLogprobs: Float32Array.from(logprobs) })
  return raw && finiteWeights(raw, sample)
}

function slopesOf({ result }: Evaluated): TokenSlopes {
  const { gradient, entropyGradient } = result
  return { logprobs: gradient, ...(entropyGradient && { entropy: entropyGradient }) }
}

/** @throws `non-finite` naming the sample whose weights are not numbers. */
export function finiteWeights(weights: Float32Array, { id, mask }: Sample): Float32Array {
  const at = weights.findIndex((value, t) => mask[t] === 1 && !Number.isFinite(value))
  if (at < 0) return weights
  throw new IcrlError(`sample "${id}": the weight of token ${at} is ${weights[at]}.`, {
    code: 'non-finite',
    remedy:
      'Its two log-probabilities are too far apart: use a recipe that caps the logarithm of the weights.',
  })
}

function checkFinite({ value, gradient }: ObjectiveResult, { id }: Sample): void {
  if (Number.isFinite(value) && gradient.every((slope) => Number.isFinite(slope))) return
  throw new IcrlError(
    `sample "${id}": the loss is ${value}${Number.isFinite(value) ? ' and its gradient is not finite' : ''}.`,
    {
      code: 'non-finite',
      remedy:
        'No weight was changed. Lower the learning rate, or look at the sample’s advantages and log-probabilities.',
    },
  )
}

function misbehaved(what: string): IcrlError {
  return new IcrlError(`accumulate: ${what}.`, {
    code: 'unsupported',
    remedy: 'A policy asks for the slopes of whole units, each item exactly once.',
  })
}
