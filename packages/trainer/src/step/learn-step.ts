import {
  IcrlError,
  randomStream,
  type Recipe,
  type Sample,
  type SampleFilter,
  type Task,
} from '@icrl/core'
import { planOptimizerBatches } from './plan-optimizer-batches.ts'
import {
  isOnPolicy,
  measureMismatch,
  type PrepareContext,
  prepareSamples,
  refreshSamples,
} from './prepare-samples.ts'
import type { ResolvedRoles } from '../resolve-roles.ts'
import { joinMismatches, type Mismatch } from './score-samples.ts'
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
  /**
   * Old log-probabilities by id that the weights computed before they were gone.
   *
   * @defaultValue none
   */
  readonly known?: ReadonlyMap<string, Float32Array>
  /** Samples of earlier steps that join this one. */
  readonly replayed: readonly Sample[]
  /** Check every sample's log-probabilities by one more scoring pass. */
  readonly rescore: boolean
  readonly watch: Stopwatch
}

/** What was learned from a step's samples. */
export interface LearnedStep {
  readonly fates: Omit<FilteredSamples, 'kept'>
  /** Samples that were kept, with everything computed for them, by id; without copies. */
  readonly learned: ReadonlyMap<string, Sample>
  readonly optimizerSteps: readonly OptimizerStepReport[]
  /** Optimizer batches that were not finite and made no step; absent where none may be skipped. */
  readonly skippedSteps?: number
  /** Learning rates that schedules set, by metric. */
  readonly learningRates: readonly (readonly [string, number])[]
  /**
   * Tokens of each trained sample that had a loss term or gradient other than 0, its own or of a
   * copy, by id.
   */
  readonly trainedTokens: ReadonlyMap<string, number>
  /** |behavior − recomputed log-probability|, if any was compared. */
  readonly mismatch?: Mismatch
  /**
   * Tokens that went through the model in training passes: responses, and each different prompt of an
   * optimizer batch once.
   */
  readonly passedTokens: number
}

/**
 * The second half of a step, from rewarded samples to new weights: filters, reference and old
 * log-probabilities, advantages, masks, weights, copies and replayed samples, optimizer steps.
 */
export async function learnStep<T extends Task>({
  options,
  roles,
  step,
  samples,
  known,
  replayed,
  rescore,
  watch,
}: LearnStepOptions<T>): Promise<LearnedStep> {
  const { recipe, policies } = options
  const context: PrepareContext = {
    recipe,
    policies,
    responders: roles.responders,
    references: roles.references,
    known,
  }
  const { kept, ...left } = filterSamples(samples, recipe.filters)
  const rescored = rescore
    ? await watch.measure('score', () => measureMismatch(context, samples))
    : undefined
  const prepared = await watch.measure('score', () =>
    prepareSamples(context, kept, (policy) => makesSeveralSteps(options, policy, kept, replayed)),
  )
  const { kept: unmasked, ...masked } = filterSamples(prepared, recipe.masks)
  const added = await watch.measure('score', () =>
    refreshSamples(context, [...copiesOf(recipe, unmasked), ...replayed]),
  )
  const trainable = [...unmasked, ...added]
  const counted =
    recipe.denominator === 'sampled'
      ? withLatest([...samples, ...prepared, ...trainable])
      : trainable
  const plan = planPolicies(options, step, counted)
  const reports = await watch.measure('train', () =>
    update(context, options, step, plan, trainable),
  )
  const updated = new Map(reports.flatMap((report) => [...report.samples]))
  const latest = (sample: Sample): Sample => updated.get(sample.id) ?? sample
  const trained = trainedTokens(reports, new Map(added.map((sample) => [sample.id, sample])))
  const skipped = reports.flatMap((report) => report.skipped)
  const fates = {
    truncated: new Set([...left.truncated, ...masked.truncated]),
    filtered: new Set([
      ...left.filtered,
      ...masked.filtered,
      ...skipped.flat().filter((id) => !trained.has(id)),
    ]),
  }
  return {
    fates,
    learned: new Map(prepared.map((sample) => [sample.id, latest(sample)])),
    optimizerSteps: reports.flatMap(({ steps }) => steps),
    learningRates: scheduledRates(options.optimizer, policies, step),
    ...(options.skipNonFinite && { skippedSteps: skipped.length }),
    trainedTokens: trained,
    mismatch: joinMismatches([rescored, ...reports.map(({ mismatch }) => mismatch)]),
    passedTokens: [...plan.values()]
      .flat()
      .reduce((sum, batch) => sum + passedTokens(batch.filter(({ id }) => updated.has(id))), 0),
  }
}

/** Tokens of one optimizer batch's pass, in which samples of one prompt share it. */
function passedTokens(batch: readonly Sample[]): number {
  const prompts = new Map(batch.map(({ trainedUnder }) => [trainedUnder.join(), trainedUnder]))
  const lengths = [...prompts.values(), ...batch.map(({ response }) => response)]
  return lengths.reduce((sum, { length }) => sum + length, 0)
}

/** Samples of one id once, the last of them. */
function withLatest(samples: readonly Sample[]): Sample[] {
  return [...new Map(samples.map((sample) => [sample.id, sample])).values()]
}

const COPY = '+copy'

/** Copies have the id of their source, numbered, and name it as their parent. */
function copiesOf({ name, copies }: Recipe<never>, samples: readonly Sample[]): Sample[] {
  if (!copies) return []
  const byId = new Map(samples.map((sample) => [sample.id, sample]))
  const counts = new Map<string, number>()
  return copies(samples).map(({ of, trainedUnder, scale = 1, advantage }) => {
    const source = byId.get(of)
    if (!source || trainedUnder.length === 0)
      throw new IcrlError(
        `recipe "${name}": a copy is of the sample "${of}"${source ? ', under an empty prompt' : ', which is not one of the step’s'}.`,
        { code: 'invalid-option', remedy: 'Copy samples that `copies` was given, under a prompt.' },
      )
    const count = (counts.get(of) ?? 0) + 1
    counts.set(of, count)
    if (!Number.isFinite(scale))
      throw new IcrlError(`recipe "${name}": a copy of "${of}" has the scale ${scale}.`, {
        code: 'invalid-option',
        remedy: 'A scale is a finite number: 1 for the advantage of its source.',
      })
    if (advantage !== undefined && !Number.isFinite(advantage))
      throw new IcrlError(`recipe "${name}": a copy of "${of}" has the advantage ${advantage}.`, {
        code: 'invalid-option',
        remedy: 'An advantage is a finite number; leave it out for that of its source.',
      })
    const advantages = source.advantages?.map((own) => advantage ?? own * scale)
    return { ...source, id: `${of}${COPY}${count}`, parents: [of], trainedUnder, advantages }
  })
}

/** By id; what a copy trained is booked to its source. */
function trainedTokens(
  reports: readonly UpdateReport[],
  added: ReadonlyMap<string, Sample>,
): Map<string, number> {
  const flags = new Map<string, Uint8Array>()
  for (const [id, own] of reports.flatMap(({ trained }) => [...trained])) {
    const source = id.includes(COPY) ? (added.get(id)?.parents[0] ?? id) : id
    const before = flags.get(source)
    flags.set(source, before ? own.map((flag, t) => flag | before[t]) : own)
  }
  return new Map([...flags].map(([id, own]) => [id, own.reduce((sum, flag) => sum + flag, 0)]))
}

/**
 * True if a policy may make more than one optimizer step of these samples: the log-probabilities of
 * the first pass are then not those of the weights that sampled for all of them.
 */
function makesSeveralSteps<T extends Task>(
  options: TrainOptions<T>,
  policy: string,
  kept: readonly Sample[],
  replayed: readonly Sample[],
): boolean {
  const { minibatches = 1, epochs = 1, copies, denominator } = options.recipe
  if (copies || denominator === 'sampled') return minibatches * epochs > 1
  return planPolicies(options, 0, [...kept, ...replayed]).get(policy)!.length > 1
}

/** Each policy's optimizer batches `[steps][samples]`. */
function planPolicies<T extends Task>(
  { recipe, policies, seed }: TrainOptions<T>,
  step: number,
  samples: readonly Sample[],
): Map<string, Sample[][]> {
  const { objective, minibatches = 1, epochs = 1 } = recipe
  return new Map(
    Object.keys(policies)
      .sort()
      .map((name) => {
        const own = samples.filter(({ policy }) => policy === name)
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
  trainable: readonly Sample[],
): Promise<UpdateReport[]> {
  const { recipe, policies, optimizer } = options
  const trains = new Set(trainable.map(({ id }) => id))
  // Decided before any policy makes a step: a sample is on-policy by the weights that sampled it.
  const onPolicy = new Set(
    trainable.filter((sample) => isOnPolicy(context, sample)).map(({ id }) => id),
  )
  const reports: UpdateReport[] = []
  for (const [name, batches] of plan)
    reports.push(
      await updatePolicy({
        recipe,
        policy: policies[name],
        batches,
        trains: ({ id }) => trains.has(id),
        optimizer: stepOptionsAt(optimizer, name, step),
        skipNonFinite: options.skipNonFinite,
        isOnPolicy: ({ id }) => onPolicy.has(id),
      }),
    )
  return reports
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
