import {
  IcrlError,
  isIcrlError,
  type Objective,
  type PassItem,
  type Policy,
  type Recipe,
  type Sample,
  type StepOptions,
  type StepStats,
  type TokenScores,
} from '@icrl/core'
import { batchLoss, type BatchEntry, type Evaluated } from './batch-loss.ts'
import { evaluationUnit } from './plan-optimizer-batches.ts'
import { joinMismatches, type Mismatch, mismatchOf } from './score-samples.ts'

export interface UpdatePolicyOptions {
  readonly recipe: Pick<Recipe, 'objective' | 'weights' | 'capWeights' | 'aggregation'>
  readonly policy: Policy
  /** `[steps][samples]`, prepared: all that the aggregation counts. */
  readonly batches: readonly (readonly Sample[])[]
  /** False for samples that only count. */
  readonly trains: (sample: Sample) => boolean
  readonly optimizer: StepOptions
  /** True: a batch whose loss or gradient is not finite is left out. */
  readonly skipNonFinite?: boolean
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
  /** One for each optimizer batch that was not skipped. */
  readonly steps: readonly OptimizerStepReport[]
  /** Ids of each skipped batch. */
  readonly skipped: readonly (readonly string[])[]
  /** |behavior − training log-probability| over on-policy samples of the first batch. */
  readonly mismatch?: Mismatch
}

export interface OptimizerStepReport {
  readonly loss: number
  /**
   * Absent if the engine does not tell, or if every gradient was zero: then no step was made.
   */
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
 * Makes the policy's optimizer steps: for each batch, coefficients over the whole of it, its
 * gradient, then one step. A batch whose gradients are all zero makes
 * no step, so that momentum and decay do not move the weights when nothing was learned.
 *
 * @throws `non-finite` naming the sample, before the step; the weights stay as they were. Not with
 * `skipNonFinite`.
 */
export async function updatePolicy(options: UpdatePolicyOptions): Promise<UpdateReport> {
  const samples = new Map<string, Sample>()
  const trained = new Map<string, Uint8Array>()
  const steps: OptimizerStepReport[] = []
  const skipped: string[][] = []
  let mismatch: Mismatch | undefined
  for (const [index, counted] of options.batches.entries()) {
    const entries = entriesOf(options, counted)
    if (entries.length === 0) continue
    const batch = entries.map(({ sample }) => sample)
    const done = await unlessNonFinite(options, () => learnBatch(options, entries))
    if (!done) {
      skipped.push(batch.map(({ id }) => id))
      continue
    }
    const { evaluated, scores, stats } = done
    batch.forEach((sample, i) => record(sample, evaluated[i], samples, trained))
    if (index === 0) mismatch = trainingMismatch(batch, evaluated, options.isOnPolicy)
    steps.push(stepReport(batch, evaluated, scores, stats))
  }
  return { samples, trained, steps, skipped, mismatch }
}

/** What one batch showed, and its step; without stats if every gradient was zero. */
interface LearnedBatch {
  readonly evaluated: readonly Evaluated[]
  readonly scores: readonly TokenScores[]
  readonly stats?: StepStats
}

async function learnBatch(
  options: UpdatePolicyOptions,
  entries: readonly BatchEntry[],
): Promise<LearnedBatch> {
  const { evaluated, scores } = await accumulateBatch(options, entries)
  const stats = evaluated.some(hasGradient)
    ? await options.policy.step(options.optimizer)
    : undefined
  return { evaluated, scores, stats }
}

/** What the work gives; undefined if something in it is not finite and may be skipped. */
async function unlessNonFinite<Result>(
  { skipNonFinite = false }: UpdatePolicyOptions,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await work()
  } catch (error) {
    if (skipNonFinite && isIcrlError(error, 'non-finite')) return undefined
    throw error
  }
}

function entriesOf(
  { recipe, trains }: UpdatePolicyOptions,
  batch: readonly Sample[],
): BatchEntry[] {
  const coefficients = recipe.aggregation(batch)
  if (coefficients.length !== batch.length) {
    throw new IcrlError(
      `aggregation: ${coefficients.length} rows of coefficients for ${batch.length} samples.`,
      { code: 'invalid-shape', remedy: 'An aggregation returns one row per sample.' },
    )
  }
  return batch.flatMap((sample, i) => {
    if (!trains(sample)) return []
    const capped =
      sample.weights && recipe.capWeights ? recipe.capWeights(sample.weights) : sample.weights
    return [{ sample, coefficients: coefficients[i], weights: capped }]
  })
}

async function accumulateBatch(
  { recipe, policy }: UpdatePolicyOptions,
  entries: readonly BatchEntry[],
): Promise<{ evaluated: readonly Evaluated[]; scores: readonly TokenScores[] }> {
  const { objective } = recipe
  const loss = batchLoss(recipe, entries)
  const scores = await policy.accumulate(
    entries.map(({ sample }) => passItem(sample, objective)),
    loss.slopes,
    {
      entropy: policy.capabilities.has('entropy'),
      entropySlopes: objective.wants?.entropy === true,
    },
  )
  const evaluated = loss.evaluated()
  if (scores.length !== entries.length)
    throw new IcrlError(
      `accumulate: the policy returned ${scores.length} scores for ${entries.length} items.`,
      { code: 'unsupported', remedy: 'A policy returns one score per item, in their order.' },
    )
  return { evaluated, scores }
}

function passItem(sample: Sample, objective: Objective): PassItem {
  const { trainedUnder, response, mask, temperature, advantages } = sample
  const { unitOf, wholeBatch, proportional } = objective
  return {
    prompt: trainedUnder,
    response,
    mask,
    temperature,
    ...((unitOf || wholeBatch) && { unit: evaluationUnit(sample, objective) }),
    ...(proportional && advantages?.every((value) => value === 0) && { scoreOnly: true }),
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
  batch: readonly Sample[],
  evaluated: readonly Evaluated[],
  isOnPolicy: UpdatePolicyOptions['isOnPolicy'],
): Mismatch | undefined {
  return joinMismatches(
    batch.map((sample, i) =>
      isOnPolicy(sample)
        ? mismatchOf(sample.mask, sample.behaviorLogprobs, evaluated[i].logprobs)
        : undefined,
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
  batch: readonly Sample[],
  evaluated: readonly Evaluated[],
  scores: readonly TokenScores[],
  stats: StepStats | undefined,
): OptimizerStepReport {
  const diagnostics: Record<string, number> = {}
  for (const { result } of evaluated) {
    for (const [name, value] of Object.entries(result.diagnostics ?? {}))
      diagnostics[name] = (diagnostics[name] ?? 0) + value
  }
  const reportsEntropy = scores.every(({ entropy }) => entropy !== undefined)
  return {
    loss: evaluated.reduce((sum, { result }) => sum + result.value, 0),
    gradientNorm: stats?.gradientNorm,
    peakBytes: stats?.peakBytes,
    tokens: batch.reduce((sum, { mask }) => sum + mask.reduce((ones, one) => ones + one, 0), 0),
    diagnostics,
    entropy: reportsEntropy
      ? scores.reduce(
          (sum, { entropy }) => sum + entropy!.reduce((all, value) => all + value, 0),
          0,
        )
      : undefined,
  }
}
