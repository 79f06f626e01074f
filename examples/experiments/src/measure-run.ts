import { type Recipe, type SessionResult } from '@icrl/core'
import { train, type EvaluationOptions, type TrainOptions } from '@icrl/trainer'
import { buildRun, type LoadedConfig } from 'icrl'

/** Counts something over sessions as they end. */
export interface SessionCounter {
  add(session: SessionResult): void
  /** The share since the last call; undefined without any session. */
  rate(): number | undefined
}

export interface MeasureRunOptions {
  readonly loaded: LoadedConfig
  readonly seed: number
  /** Sampled training tokens. */
  readonly tokens: number
  /** Default: the configuration's own. */
  readonly learningRate?: number
  /**
   * Steps between evaluations. Default: the configuration's own. Training draws the same for every
   * value.
   */
  readonly every?: number
  /** How many of a set's held-out questions to use, from the first. Default: all. */
  readonly questions?: number
  /** The figure of an evaluation that the curve shows. Default: `eval/critique_free`. */
  readonly metric?: string
  /** A second figure of each evaluation, such as the accuracy of sampled answers. */
  readonly beside?: string
  /** Further figures of each evaluation, by name; with any, all of the recipe's evaluations run. */
  readonly figures?: readonly string[]
  /** What it counts over the sessions of each evaluation is stored as `guesses`. */
  readonly guesses?: SessionCounter
}

/** A learning curve: one entry per evaluation. */
export interface MeasuredRun {
  readonly learningRate: number
  /** `[E]` sampled training tokens. */
  readonly tokens: readonly number[]
  /** `[E]` critique-free accuracy on held-out tasks. */
  readonly values: readonly number[]
  /** `[E]` the figure `beside`. */
  readonly beside?: readonly number[]
  /** `[E]` each of the further figures. */
  readonly figures?: Readonly<Record<string, readonly number[]>>
  /** `[E]` what the counter counted; all 0 without one. */
  readonly guesses: readonly number[]
  /** w̄_t of the last step, if the arm has one. */
  readonly weightMean?: number
  /**
   * `[E]` w̄_t, the mean over the steps since the evaluation before; null where no token had a weight.
   * Absent if the arm has none.
   */
  readonly weightMeans?: readonly (number | null)[]
  /** Seconds of the whole run, evaluations included. */
  readonly seconds: number
}

/** The learning rate of a run, or the highest one of its schedule. */
export function rateOf({ config }: Pick<LoadedConfig, 'config'>): number {
  const { learningRate } = config.optimizer
  return typeof learningRate === 'number' ? learningRate : learningRate.peak
}

/** Trains, evaluating first attempts alone; the run's folder is not kept. */
export async function measureRun({
  loaded,
  seed,
  tokens,
  learningRate,
  every,
  questions,
  metric = 'eval/critique_free',
  beside,
  figures,
  guesses: counter,
}: MeasureRunOptions): Promise<MeasuredRun> {
  const optimizer = {
    ...loaded.config.optimizer,
    ...(learningRate !== undefined && { learningRate }),
  }
  const config = { ...loaded.config, optimizer }
  await using run = await buildRun({ ...loaded, config }, '.', { seed, tokens })
  const guesses: number[] = []
  const { summary, metrics } = await train({
    ...run.options,
    recipe: figures ? run.options.recipe : firstAttemptsOnly(run.options.recipe),
    evaluation: run.options.evaluation && cheaper(run.options.evaluation, every, questions),
    onSession: ({ phase, result }) => phase === 'evaluation' && counter?.add(result),
    onEvaluation: () => guesses.push(counter?.rate() ?? 0),
  })
  const curve = (name: string): number[] =>
    summary.evaluations.map((evaluation) => evaluation.metrics[name])
  return {
    learningRate: rateOf({ config }),
    tokens: summary.evaluations.map((evaluation) => evaluation.tokens),
    values: curve(metric),
    ...(beside !== undefined && { beside: curve(beside) }),
    ...(figures && { figures: Object.fromEntries(figures.map((name) => [name, curve(name)])) }),
    guesses,
    weightMean: metrics.at(-1)?.['calibration/weight_mean'],
    weightMeans: meansBetween(
      summary.evaluations.map((evaluation) => evaluation.tokens),
      metrics.map((step) => [step['tokens/sampled_total'], step['calibration/weight_mean']]),
    ),
    seconds: summary.wall_seconds,
  }
}

/** Means of a step's figure between evaluations; undefined if no step has it. */
function meansBetween(
  ends: readonly number[],
  steps: readonly (readonly [tokens: number | undefined, figure: number | undefined])[],
): (number | null)[] | undefined {
  if (steps.every(([, figure]) => figure === undefined)) return undefined
  return ends.map((end, e) => {
    const figures = steps.flatMap(([tokens = NaN, figure]) =>
      figure !== undefined && tokens <= end && tokens > (ends[e - 1] ?? -1) ? [figure] : [],
    )
    return figures.length === 0 ? null : figures.reduce((sum, one) => sum + one) / figures.length
  })
}

/** The recipe, reduced to its headline evaluation. */
export function firstAttemptsOnly(recipe: Recipe): Recipe {
  const { evaluations } = recipe
  return evaluations
    ? { ...recipe, evaluations: { critique_free: evaluations.critique_free } }
    : recipe
}

function cheaper(
  evaluation: EvaluationOptions,
  every = evaluation.every,
  questions?: number,
): TrainOptions['evaluation'] {
  if (!evaluation.sets) return { ...evaluation, every, tasks: evaluation.tasks.slice(0, questions) }
  const sets = Object.entries(evaluation.sets).map(([name, set]) => [
    name,
    { ...set, tasks: set.tasks.slice(0, questions) },
  ])
  return { ...evaluation, every, sets: Object.fromEntries(sets) }
}
