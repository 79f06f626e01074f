import { randomStream, type Sample, type SampleFilter, type Task } from '@icrl/core'
import { planOptimizerBatches } from './plan-optimizer-batches.ts'
import {
  isOnPolicy,
  measureMismatch,
  type PrepareContext,
  prepareSamples,
} from './prepare-samples.ts'
import type { ResolvedRoles } from '../resolve-roles.ts'
import { scheduledRates, stepOptionsAt } from '../learning-rate.ts'
import type { Stopwatch } from './stopwatch.ts'
import type { TrainOptions } from '../train-options.ts'
import { type OptimizerStepReport, updatePolicy, type UpdateReport } from './update-policy.ts'

export interface LearnStepOptions<T extends Task> {
  readonly options: TrainOptions<T>
  readonly roles: ResolvedRoles
  readonly step: number
  /** The rewarded samples, in key order. */
  readonly samples: readonly Sample[]
  /** Check every sample's log-probabilities by one more scoring pass. */
  readonly rescore: boolean
  readonly watch: Stopwatch
}

/** What was learned from a step's samples. */
export interface LearnedStep {
  readonly fates: Omit<FilteredSamples, 'kept'>
  /** Samples that were kept, with everything computed for them, by id. */
  readonly learned: ReadonlyMap<string, Sample>
  readonly optimizerSteps: readonly OptimizerStepReport[]
  /** Learning rates that schedules set, by metric. */
  readonly learningRates: readonly (readonly [string, number])[]
  /** Tokens of each trained sample that had a loss term or gradient other than 0, by id. */
  readonly trainedTokens: ReadonlyMap<string, number>
  /** Largest |behavior − recomputed log-probability| that was found, if any was compared. */
  readonly mismatch?: number
  /** Prompt and response tokens that went through the model in training passes. */
  readonly passedTokens: number
}

/**
 * The second half of a step, from rewarded samples to new weights: filters, reference and old
 * log-probabilities, advantages, weights, optimizer steps.
 */
export async function learnStep<T extends Task>({
  options,
  roles,
  step,
  samples,
  rescore,
  watch,
}: LearnStepOptions<T>): Promise<LearnedStep> {
  const { recipe, policies } = options
  const context: PrepareContext = {
    recipe,
    policies,
    responders: roles.responders,
    references: roles.references,
  }
  const { kept, ...fates } = filterSamples(samples, recipe.filters)
  const plan = planPolicies(options, step, kept)
  const rescored = rescore
    ? await watch.measure('score', () => measureMismatch(context, samples))
    : undefined
  const prepared = await watch.measure('score', () =>
    prepareSamples(context, kept, (policy) => plan.get(policy)!.length > 1),
  )
  const reports = await watch.measure('train', () => update(context, options, step, plan, prepared))
  const updated = new Map(reports.flatMap((report) => [...report.samples]))
  const passed = [...plan.values()].flat(2)
  return {
    fates,
    learned: new Map(prepared.map((sample) => [sample.id, updated.get(sample.id) ?? sample])),
    optimizerSteps: reports.flatMap(({ steps }) => steps),
    learningRates: scheduledRates(options.optimizer, policies, step),
    trainedTokens: new Map(
      reports.flatMap(({ trained }) =>
        [...trained].map(([id, flags]): [string, number] => [
          id,
          flags.reduce((sum, flag) => sum + flag, 0),
        ]),
      ),
    ),
    mismatch: largest([rescored, ...reports.map(({ mismatch }) => mismatch)]),
    passedTokens: passed.reduce(
      (sum, { trainedUnder, response }) => sum + trainedUnder.length + response.length,
      0,
    ),
  }
}

/** Each policy's optimizer batches `[steps][samples]`. */
function planPolicies<T extends Task>(
  { recipe, policies, seed }: TrainOptions<T>,
  step: number,
  kept: readonly Sample[],
): Map<string, Sample[][]> {
  const { objective, minibatches = 1, epochs = 1 } = recipe
  return new Map(
    Object.keys(policies)
      .sort()
      .map((name) => {
        const own = kept.filter(({ policy }) => policy === name)
        return [
          name,
          planOptimizerBatches(own, {
            unitOf: objective.unitOf,
            minibatches,
            epochs,
            stream: randomStream(seed, 'minibatches', step, name),
          }),
        ]
      }),
  )
}

async function update<T extends Task>(
  context: PrepareContext,
  options: TrainOptions<T>,
  step: number,
  plan: ReadonlyMap<string, readonly Sample[][]>,
  prepared: readonly Sample[],
): Promise<UpdateReport[]> {
  const { recipe, policies, optimizer } = options
  const byId = new Map(prepared.map((sample) => [sample.id, sample]))
  // Decided before any policy makes a step: a sample is on-policy by the weights that sampled it.
  const onPolicy = new Set(
    prepared.filter((sample) => isOnPolicy(context, sample)).map(({ id }) => id),
  )
  const reports: UpdateReport[] = []
  for (const [name, batches] of plan) {
    const ready = batches.map((batch) => batch.map(({ id }) => byId.get(id)!))
    reports.push(
      await updatePolicy({
        recipe,
        policy: policies[name],
        batches: ready,
        optimizer: stepOptionsAt(optimizer, name, step),
        isOnPolicy: ({ id }) => onPolicy.has(id),
      }),
    )
  }
  return reports
}

function largest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

/** What is left to train on, and what became of the rest. */
export interface FilteredSamples {
  /** As the last filter returned them; without filters, the input. */
  readonly kept: readonly Sample[]
  /** Ids left out because they were cut off at a length limit. */
  readonly truncated: ReadonlySet<string>
  /** Ids left out for another reason. */
  readonly filtered: ReadonlySet<string>
}

/**
 * Applies the filters in order. The first filter that leaves out a sample decides how it counts.
 */
export function filterSamples(
  samples: readonly Sample[],
  filters: readonly SampleFilter[] = [],
): FilteredSamples {
  const truncated = new Set<string>()
  const filtered = new Set<string>()
  let kept = samples
  for (const filter of filters) {
    const result = filter(kept)
    const stay = new Set(result.kept.map(({ id }) => id))
    const cut = new Set((result.truncated ?? []).map(({ id }) => id))
    for (const { id } of kept) {
      if (stay.has(id)) continue
      if (cut.has(id)) truncated.add(id)
      else filtered.add(id)
    }
    kept = result.kept
  }
  return { kept, truncated, filtered }
}
