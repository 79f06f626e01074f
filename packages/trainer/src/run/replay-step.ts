import type { Recipe, Sample, Task } from '@icrl/core'
import { checkTrainOptions } from '../check-train-options.ts'
import { listCheckpoints, readCheckpoint } from './checkpoint.ts'
import { learnStep, type LearnedStep } from '../step/learn-step.ts'
import { collectMetrics } from './metrics-line.ts'
import { resolveRoles, restorePolicies, type ResolvedRoles } from '../resolve-roles.ts'
import { learningEntries } from '../step/step-metrics.ts'
import { checkFormat } from './run-config.ts'
import { readConfig } from './run-folder.ts'
import { startStopwatch } from '../step/stopwatch.ts'
import { storedMetrics, storedSamples } from './stored-step.ts'
import type { Metrics, TrainOptions } from '../train-options.ts'

/** Options of {@link replayStep}. */
export interface ReplayStepOptions<T extends Task = Task> {
  /** What the run was trained with, with the policies as they were before its first step. */
  readonly options: TrainOptions<T>
  /** The run's folder. */
  readonly directory: string
  /** 0-based. */
  readonly step: number
  /** Changes the recipe for that step; default: nothing is changed. */
  readonly change?: (recipe: Recipe<T>) => Recipe<T>
  /** Called with each step that is re-applied on the way. */
  readonly onStep?: (step: number) => void
}

/** A step computed again, and what the run stored of it. */
export interface ReplayedStep {
  /** Steps done at the checkpoint it started from; 0: the model the run began with. */
  readonly from: number
  /** `calibration/*` and `policy/*` as this replay computed them. */
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
 * format; `corrupt-file`; `invalid-option` or `empty-tasks` for what `train` would refuse, of the
 * options or of the changed recipe
 * @example
 * import { replayStep, type TrainOptions } from '@icrl/trainer'
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
  const recipe = change(options.recipe)
  checkTrainOptions({ ...options, recipe })
  const config = await readConfig(directory)
  if (config !== undefined) checkFormat(config, directory)
  const stored = await storedMetrics(directory, step)
  const earlier = (await listCheckpoints(directory)).filter((done) => done <= step)
  const from = earlier.at(-1) ?? 0
  await using roles = await resolveRoles(options)
  const load = async (at: number): Promise<void> =>
    (await readCheckpoint(directory, at)).load(options.policies)
  if (earlier.length > 0) await restorePolicies(options, roles, from, load)
  for (let done = from; done < step; done++) {
    onStep?.(done)
    await learnStored({ options, roles, directory, step: done, rescore: false })
  }
  onStep?.(step)
  const { learned, optimizerSteps, mismatch, learningRates } = await learnStored({
    options: { ...options, recipe },
    roles,
    directory,
    step,
    rescore: 'eval/critique_free' in stored,
  })
  const metrics = collectMetrics(
    learningEntries({
      recipe,
      trained: [...learned.values()],
      optimizerSteps,
      mismatch,
      learningRates,
    }),
  )
  return {
    from,
    metrics,
    stored: collectMetrics(
      Object.entries(stored).filter(([key]) => key in metrics || isLearning(key)),
    ),
    samples: [...learned.values()],
  }
}

interface StoredStep<T extends Task> {
  readonly options: TrainOptions<T>
  readonly roles: ResolvedRoles
  readonly directory: string
  readonly step: number
  readonly rescore: boolean
}

async function learnStored<T extends Task>({
  directory,
  ...step
}: StoredStep<T>): Promise<LearnedStep> {
  await step.roles.sync(step.step)
  return learnStep({
    ...step,
    samples: await storedSamples(directory, step.step),
    watch: startStopwatch(),
  })
}

function isLearning(key: string): boolean {
  return (
    key.startsWith('policy/') ||
    (key.startsWith('calibration/') && key !== 'calibration/probe_weight_mean')
  )
}
