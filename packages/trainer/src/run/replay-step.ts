import type { Json, Recipe, Sample, Task } from '@icrl/core'
import { checkTrainOptions } from '../check-train-options.ts'
import { listCheckpoints, readCheckpoint } from './checkpoint.ts'
import { learnStep, type LearnedStep } from '../step/learn-step.ts'
import { collectMetrics } from './metrics-line.ts'
import { resolveRoles, restorePolicies, type ResolvedRoles } from '../resolve-roles.ts'
import { correctionEntries, type Entry, ownEntries, policyEntries } from '../step/step-metrics.ts'
import { checkReplayed } from './check-inputs.ts'
import { recipeAt, runRecipeAt } from '../step/recipe-at.ts'
import { replayBuffer } from '../step/replay-buffer.ts'
import { startStopwatch } from '../step/stopwatch.ts'
import { asRewarded, storedMetrics, storedSamples } from './stored-step.ts'
import { decodeState } from './train-state.ts'
import { recipeMemory } from './recipe-memory.ts'
import type { Metrics, TrainOptions } from '../train-options.ts'

/** Options of {@link replayStep}. */
export interface ReplayStepOptions<T extends Task = Task> {
  /** What the run was trained with, with the policies as they were before its first step. */
  readonly options: TrainOptions<T>
  /** The run's folder. */
  readonly directory: string
  /** 0-based. */
  readonly step: number
  /** Changes the recipe for that step. @defaultValue nothing is changed */
  readonly change?: (recipe: Recipe<T>) => Recipe<T>
  /** Called with each step that is re-applied on the way. @defaultValue nobody is told */
  readonly onStep?: (step: number) => void
}

/** A step computed again, and what the run stored of it. */
export interface ReplayedStep {
  /** Steps done at the checkpoint it started from; 0: the model the run began with. */
  readonly from: number
  /**
   * `policy/*` as this replay computed them, and the recipe's own figures, as far as it computes
   * them of samples: sessions are not stored, and memory is the checkpoint's.
   */
  readonly metrics: Metrics
  /** The same figures as the run stored them. */
  readonly stored: Metrics
  /** The step's samples with everything that was computed for them. */
  readonly samples: readonly Sample[]
}

/**
 * Computes a stored step again from its samples. With nothing changed that gives the same bits as
 * the run; with another recipe, what its gradient, clip fraction and weights would have been.
 * Starts from the newest checkpoint that is not later than the step and re-applies the stored steps
 * in between; without a checkpoint, from the policies as given.
 *
 * @throws `missing-file` naming the steps that are stored; `run-conflict` for a run of another
 * format, or made with other settings; `corrupt-file`; `invalid-option` or `empty-tasks` for what `train` would refuse, of the
 * options or of the changed recipe
 * @example
 * import type { TrainOptions } from '@icrl/trainer'
 * import { replayStep } from '@icrl/trainer/node'
 * declare const options: TrainOptions
 * const { metrics, stored } = await replayStep({
 *   options,
 *   directory: 'runs/first',
 *   step: 12,
 *   change: (recipe) => ({ ...recipe, weights: undefined }),
 * })
 * console.log(stored['policy/grad_norm'], metrics['policy/grad_norm'])
 */
export async function replayStep<T extends Task>({
  options,
  directory,
  step,
  change = (recipe) => recipe,
  onStep,
}: ReplayStepOptions<T>): Promise<ReplayedStep> {
  checkTrainOptions(options)
  const recipe = change(runRecipeAt(options, step))
  checkTrainOptions({ ...options, recipe })
  await checkReplayed(options, directory)
  const stored = await storedMetrics(directory, step)
  const earlier = (await listCheckpoints(directory)).filter((done) => done <= step)
  const from = earlier.at(-1) ?? 0
  await using roles = await resolveRoles(options)
  let memory: Json | undefined
  const load = async (at: number): Promise<void> => {
    const checkpoint = await readCheckpoint(directory, at)
    memory = decodeState(checkpoint.state).memory
    await checkpoint.load(options.policies)
  }
  if (earlier.length > 0) await restorePolicies(options, roles, from, load)
  const replay = replayBuffer(options.recipe)
  for (const earlierStep of replay.needed(from))
    replay.add(earlierStep, await storedSamples(directory, earlierStep))
  for (let done = from; done < step; done++) {
    onStep?.(done)
    const written = await storedSamples(directory, done)
    await learnStored({
      options: { ...options, recipe: runRecipeAt(options, done) },
      roles,
      stored: written,
      replayed: replay.at(done),
      step: done,
      rescore: false,
    })
    replay.add(done, written)
  }
  onStep?.(step)
  const before = await storedSamples(directory, step)
  const samples = before.map(asRewarded)
  const { learned, optimizerSteps, mismatch, skippedSteps, learningRates } = await learnStored({
    options: { ...options, recipe },
    roles,
    stored: before,
    replayed: replay.at(step),
    step,
    rescore: Object.keys(stored).some((key) => key.startsWith('eval/')),
  })
  const trained = [...learned.values()]
  const was = before.filter(({ advantages }) => advantages)
  const own = figuresOf({
    recipe: recipeAt(options.recipe, step),
    step,
    rewarded: before,
    trained: was,
    memory,
  })
  const names = new Set(own.map(([name]) => name))
  return {
    from,
    metrics: collectMetrics([
      ...correctionEntries({ trained }),
      ...figuresOf({ recipe, step, rewarded: samples, trained, memory }),
      ...policyEntries({ optimizerSteps, mismatch, skippedSteps, learningRates }),
    ]),
    stored: collectMetrics(
      Object.entries(stored).filter(
        ([key]) => names.has(key) || /^(policy|correction)\//.test(key),
      ),
    ),
    samples: trained,
  }
}

interface SampleFigures {
  readonly recipe: Pick<Recipe, 'name' | 'capWeights' | 'metrics'>
  readonly step: number
  readonly rewarded: readonly Sample[]
  readonly trained: readonly Sample[]
  /** The checkpoint's. */
  readonly memory: Json | undefined
}

/** The recipe's own figures, as far as it computes them of samples. */
function figuresOf({ memory, ...figures }: SampleFigures): Entry[] {
  return ownEntries({
    ...figures,
    sessions: [],
    memory: recipeMemory(figures.recipe.name, memory),
  })
}

interface StoredStep<T extends Task> {
  readonly options: TrainOptions<T>
  readonly roles: ResolvedRoles
  readonly stored: readonly Sample[]
  readonly replayed: readonly Sample[]
  readonly step: number
  readonly rescore: boolean
}

async function learnStored<T extends Task>({
  stored,
  ...step
}: StoredStep<T>): Promise<LearnedStep> {
  await step.roles.sync(step.step)
  return learnStep({
    ...step,
    samples: stored.map(asRewarded),
    known: oldOfOthers(step.options, stored),
    watch: startStopwatch(),
  })
}

/** Old log-probabilities of weights that are gone, of a run that sampled ahead. */
function oldOfOthers<T extends Task>(
  { policies, asynchronous }: TrainOptions<T>,
  stored: readonly Sample[],
): ReadonlyMap<string, Float32Array> | undefined {
  if (!asynchronous || asynchronous.staleness === 0) return undefined
  return new Map(
    stored.flatMap(({ id, policy, version, oldLogprobs, correction }) =>
      oldLogprobs && !correction && version !== policies[policy].version ? [[id, oldLogprobs]] : [],
    ),
  )
}
