import {
  IcrlError,
  isRebound,
  type Policy,
  type Recipe,
  type Sample,
  type StepOptions,
  type StepStats,
  type TokenScores,
  type TrainItem,
} from '@icrl/core'
import { bindObjective, type BatchEntry, type Evaluated } from './bind-objective.ts'
import { cutMicroBatches, unitName } from './plan-optimizer-batches.ts'
import { largestMismatch } from './score-samples.ts'

export interface UpdatePolicyOptions {
  readonly recipe: Pick<Recipe, 'objective' | 'weights' | 'capWeights' | 'aggregation'>
  readonly policy: Policy
  /** `[steps][samples]`, prepared. */
  readonly batches: readonly (readonly Sample[])[]
  readonly optimizer: StepOptions
  readonly microBatchTokens: number
  /** True for samples whose first training pass should give the log-probabilities of sampling. */
  readonly isOnPolicy: (sample: Sample) => boolean
}

/** What a policy's optimizer steps did. */
export interface UpdateReport {
  /**
   * Samples with the old log-probabilities and w_t of their first pass and the log-probabilities of
   * their last, by id.
   */
  readonly samples: ReadonlyMap<string, Sample>
  /** `[T]` 1 where a token had a loss term or gradient other than 0 in some pass, by sample id. */
  readonly trained: ReadonlyMap<string, Uint8Array>
  /** One for each optimizer batch. */
  readonly steps: readonly OptimizerStepReport[]
  /** max |behavior − training log-probability| over on-policy samples of the first batch. */
  readonly mismatch?: number
}

export interface OptimizerStepReport {
  readonly loss: number
  /** Absent if every gradient was zero: then no step was made. */
  readonly gradientNorm?: number
  /** Tokens the policy chose. */
  readonly tokens: number
  /** Sums over tokens, by name. */
  readonly diagnostics: Readonly<Record<string, number>>
  /** Sum over tokens, if the policy reports it. */
  readonly entropy?: number
  /** The most memory that tensors took at once since the step before. */
  readonly peakBytes?: number
}

/**
 * Makes the policy's optimizer steps: for each batch, coefficients over the whole of it,
 * micro-batches within the token budget, then one step. A batch whose gradients are all zero makes
 * no step, so that momentum and decay do not move the weights when nothing was learned.
 *
 * @throws `non-finite` naming the sample, before the step; the weights stay as they were.
 */
export async function updatePolicy(options: UpdatePolicyOptions): Promise<UpdateReport> {
  const samples = new Map<string, Sample>()
  const trained = new Map<string, Uint8Array>()
  const steps: OptimizerStepReport[] = []
  let mismatch: number | undefined
  for (const [index, batch] of options.batches.entries()) {
    const entries = entriesOf(options, batch)
    const scores = await accumulateBatch(options, entries)
    for (const { sample, seen } of entries) record(sample, seen!, samples, trained)
    if (index === 0) mismatch = trainingMismatch(entries, options.isOnPolicy)
    const stats = entries.some(({ seen }) => hasGradient(seen!))
      ? await options.policy.step(options.optimizer)
      : undefined
    steps.push(stepReport(entries, scores, stats))
  }
  return { samples, trained, steps, mismatch }
}

function entriesOf({ recipe }: UpdatePolicyOptions, batch: readonly Sample[]): BatchEntry[] {
  const coefficients = recipe.aggregation(batch)
  if (coefficients.length !== batch.length) {
    throw new IcrlError(
      `aggregation: ${coefficients.length} rows of coefficients for ${batch.length} samples.`,
      { code: 'invalid-shape', remedy: 'An aggregation returns one row per sample.' },
    )
  }
  return batch.map((sample, i) => {
    const capped =
      sample.weights && recipe.capWeights ? recipe.capWeights(sample.weights) : sample.weights
    return { sample, coefficients: coefficients[i].slice(), weights: capped }
  })
}

async function accumulateBatch(
  { recipe, policy, microBatchTokens }: UpdatePolicyOptions,
  entries: readonly BatchEntry[],
): Promise<TokenScores[]> {
  const { objective } = recipe
  const wantsEntropy = objective.wantsEntropy === true || policy.capabilities.has('entropy')
  const byId = new Map(entries.map((entry) => [entry.sample.id, entry]))
  const scores = new Map<string, TokenScores>()
  for (const batch of cutMicroBatches(
    entries.map(({ sample }) => sample),
    microBatchTokens,
    objective.unitOf,
  )) {
    const own = batch.map(({ id }) => byId.get(id)!)
    const items = own.map((entry) => trainItem(entry, unitName(entry.sample, objective.unitOf)))
    const results = await policy.accumulate(
      items,
      bindObjective({ recipe, entries: own, wantsEntropy }),
    )
    own.forEach(({ sample, seen }, i) => {
      if (!seen || !results[i])
        throw new IcrlError(`accumulate: the policy left out sample "${sample.id}".`, {
          code: 'unsupported',
          remedy: 'A policy evaluates every unit of a batch and returns one score per item.',
        })
      scores.set(sample.id, results[i])
    })
  }
  return entries.map(({ sample }) => scores.get(sample.id)!)
}

function trainItem({ sample, coefficients, weights }: BatchEntry, unit: string): TrainItem {
  const {
    trainedUnder,
    response,
    temperature,
    mask,
    advantages,
    oldLogprobs,
    behaviorLogprobs,
    referenceLogprobs,
    keys,
    origin,
  } = sample
  return {
    prompt: trainedUnder,
    response,
    temperature,
    unit,
    input: {
      mask,
      coefficients,
      advantages: advantages!,
      weights,
      oldLogprobs,
      behaviorLogprobs,
      referenceLogprobs,
      keys,
      origin,
      rebound: isRebound(sample),
    },
  }
}

/**
 * Old log-probabilities and w_t are those of the first pass, before anything was learned. The
 * log-probabilities of the last pass show how far training has moved.
 */
function record(
  sample: Sample,
  { result, logprobs, rawWeights }: Evaluated,
  samples: Map<string, Sample>,
  trained: Map<string, Uint8Array>,
): void {
  const trainLogprobs = logprobs.map((value, t) => (sample.mask[t] ? value : 0))
  const first = samples.get(sample.id) ?? {
    ...sample,
    oldLogprobs: sample.oldLogprobs ?? trainLogprobs,
    weights: sample.weights ?? rawWeights,
  }
  samples.set(sample.id, { ...first, trainLogprobs })
  const flags = trained.get(sample.id) ?? new Uint8Array(sample.mask.length)
  flags.forEach((flag, t) => {
    const touched =
      result.losses[t] !== 0 || result.gradient[t] !== 0 || (result.entropyGradient?.[t] ?? 0) !== 0
    if (!flag && sample.mask[t] && touched) flags[t] = 1
  })
  trained.set(sample.id, flags)
}

function trainingMismatch(
  entries: readonly BatchEntry[],
  isOnPolicy: UpdatePolicyOptions['isOnPolicy'],
): number | undefined {
  const own = entries.filter(({ sample }) => isOnPolicy(sample))
  if (own.length === 0) return undefined
  return Math.max(
    ...own.map(({ sample, seen }) =>
      largestMismatch(sample.mask, sample.behaviorLogprobs, seen!.logprobs),
    ),
  )
}

function hasGradient({ result }: Evaluated): boolean {
  return (
    result.gradient.some((slope) => slope !== 0) ||
    (result.entropyGradient?.some((slope) => slope !== 0) ?? false)
  )
}

function stepReport(
  entries: readonly BatchEntry[],
  scores: readonly TokenScores[],
  stats: StepStats | undefined,
): OptimizerStepReport {
  const diagnostics: Record<string, number> = {}
  for (const { seen } of entries) {
    for (const [name, value] of Object.entries(seen!.result.diagnostics ?? {}))
      diagnostics[name] = (diagnostics[name] ?? 0) + value
  }
  const reportsEntropy = scores.every(({ entropy }) => entropy !== undefined)
  return {
    loss: entries.reduce((sum, { seen }) => sum + seen!.result.value, 0),
    gradientNorm: stats?.gradientNorm,
    peakBytes: stats?.peakBytes,
    tokens: entries.reduce(
      (sum, { sample }) => sum + sample.mask.reduce((ones, one) => ones + one, 0),
      0,
    ),
    diagnostics,
    entropy: reportsEntropy
      ? scores.reduce(
          (sum, { entropy }) => sum + entropy!.reduce((all, value) => all + value, 0),
          0,
        )
      : undefined,
  }
}
