import {
  IcrlError,
  type Objective,
  type ObjectiveInput,
  type ObjectiveResult,
  type Recipe,
  type Sample,
  type TokenValues,
} from '@icrl/core'

/** One sample of an optimizer batch, and what its evaluation showed. */
export interface BatchEntry {
  readonly sample: Sample
  /** `[T]` an array of this entry alone, by which its input is recognized. */
  readonly coefficients: Float32Array
  /** `[T]` capped w_t, if the old log-probabilities were known before the pass. */
  readonly weights?: Float32Array
  /** Set by the evaluation. */
  seen?: Evaluated
}

export interface Evaluated {
  readonly result: ObjectiveResult
  /** `[T]` log-probabilities of the pass that evaluated it. */
  readonly logprobs: Float32Array
  /** `[T]` raw w_t, if it was computed in the pass itself. */
  readonly rawWeights?: Float32Array
}

export interface BindObjectiveOptions {
  readonly recipe: Pick<Recipe, 'objective' | 'weights' | 'capWeights'>
  readonly entries: readonly BatchEntry[]
  readonly wantsEntropy: boolean
}

/**
 * The recipe's objective over one optimizer batch. A sample's old log-probabilities may be unknown
 * beforehand (it is rebound, or the policy is not `exact`, and the step makes exactly one optimizer
 * step). Then the pass's own are the old ones, and w_t is computed here, as a constant. Every
 * result is checked and kept with its entry.
 *
 * @throws `non-finite` naming the sample.
 */
export function bindObjective({ recipe, entries, wantsEntropy }: BindObjectiveOptions): Objective {
  const { objective } = recipe
  const byCoefficients = new Map<TokenValues, BatchEntry>(
    entries.map((entry) => [entry.coefficients, entry]),
  )
  return {
    name: objective.name,
    unitOf: objective.unitOf,
    wantsReference: objective.wantsReference,
    wantsEntropy,
    evaluate(unit) {
      const found = unit.map((input) => entryOf(byCoefficients, input))
      const raw = unit.map((input, i) => lateWeights(recipe, input, found[i].sample))
      const results = objective.evaluate(unit.map((input, i) => withWeights(recipe, input, raw[i])))
      results.forEach((result, i) => {
        checkFinite(result, found[i].sample)
        found[i].seen = {
          result,
          logprobs: Float32Array.from(unit[i].logprobs),
          rawWeights: raw[i],
        }
      })
      return results
    },
  }
}

function entryOf(
  entries: ReadonlyMap<TokenValues, BatchEntry>,
  { coefficients }: ObjectiveInput,
): BatchEntry {
  const entry = entries.get(coefficients)
  if (entry) return entry
  throw new IcrlError('accumulate: the policy evaluated an input it was not given.', {
    code: 'unsupported',
    remedy:
      'Pass each train item’s `input` on with its own arrays, adding only log-probabilities and entropy.',
  })
}

function lateWeights(
  { weights }: BindObjectiveOptions['recipe'],
  input: ObjectiveInput,
  sample: Sample,
): Float32Array | undefined {
  if (input.oldLogprobs || !weights) return undefined
  const raw = weights({ ...sample, oldLogprobs: Float32Array.from(input.logprobs) })
  return raw && finiteWeights(raw, sample)
}

function withWeights(
  { capWeights }: BindObjectiveOptions['recipe'],
  input: ObjectiveInput,
  raw: Float32Array | undefined,
): ObjectiveInput {
  if (!raw) return input
  return { ...input, weights: capWeights ? capWeights(raw) : raw }
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
