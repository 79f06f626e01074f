import { fileURLToPath } from 'node:url'
import type { Recipe } from '@icrl/core'
import { train, type EvaluationOfTasks } from '@icrl/trainer'
import { buildRun, loadRunConfig, type LoadedConfig } from 'icrl'
import { guessCounter } from './place-guesses.ts'

export interface MeasureArmOptions {
  readonly task: string
  readonly arm: string
  readonly seed: number
  /** Sampled training tokens. */
  readonly tokens: number
  /** Default: the arm's own. */
  readonly learningRate?: number
  /** Steps between evaluations. Default: the arm's own. Training draws the same for every value. */
  readonly every?: number
  /** How many of the held-out questions to use, from the first. Default: all. */
  readonly questions?: number
}

/** A learning curve: one entry per evaluation. */
export interface MeasuredArm {
  readonly learningRate: number
  /** `[E]` sampled training tokens. */
  readonly tokens: readonly number[]
  /** `[E]` critique-free accuracy on held-out tasks. */
  readonly values: readonly number[]
  /**
   * `[E]` share of those attempts that took a place without having looked; all 0 on tasks without
   * places.
   */
  readonly guesses: readonly number[]
  /** w̄_t of the last step, if the arm has one. */
  readonly weightMean?: number
  readonly seconds: number
}

/** The configuration of one of a task's arms. */
export function loadArm(task: string, arm: string): Promise<LoadedConfig> {
  return loadRunConfig(fileURLToPath(new URL(`../${task}/${arm}.config.ts`, import.meta.url)))
}

/** The learning rate of an arm, or the highest one of its schedule. */
export function rateOf({ config }: Pick<LoadedConfig, 'config'>): number {
  const { learningRate } = config.optimizer
  return typeof learningRate === 'number' ? learningRate : learningRate.peak
}

/** Trains one arm, evaluating first attempts alone; its folder is not kept. */
export async function measureArm({
  task,
  arm,
  seed,
  tokens,
  learningRate,
  every,
  questions,
}: MeasureArmOptions): Promise<MeasuredArm> {
  const loaded = await loadArm(task, arm)
  const optimizer = {
    ...loaded.config.optimizer,
    ...(learningRate !== undefined && { learningRate }),
  }
  const config = { ...loaded.config, optimizer }
  await using run = await buildRun({ ...loaded, config }, '.', {
    seed,
    tokens,
  })
  const counter = guessCounter()
  const guesses: number[] = []
  const { summary, metrics } = await train({
    ...run.options,
    recipe: firstAttemptsOnly(run.options.recipe),
    evaluation: run.options.evaluation?.tasks && cheaper(run.options.evaluation, every, questions),
    onSession: ({ phase, result }) => phase === 'evaluation' && counter.add(result),
    onEvaluation: () => guesses.push(counter.rate() ?? 0),
  })
  return {
    learningRate: rateOf({ config }),
    tokens: summary.evaluations.map((evaluation) => evaluation.tokens),
    values: summary.evaluations.map((evaluation) => evaluation.metrics['eval/critique_free']),
    guesses,
    weightMean: metrics.at(-1)?.['calibration/weight_mean'],
    seconds: summary.wall_seconds,
  }
}

/** The recipe, reduced to its headline evaluation. */
export function firstAttemptsOnly(recipe: Recipe): Recipe {
  const { evaluations } = recipe
  return evaluations
    ? { ...recipe, evaluations: { critique_free: evaluations.critique_free } }
    : recipe
}

function cheaper(
  evaluation: EvaluationOfTasks,
  every = evaluation.every,
  questions = evaluation.tasks.length,
): EvaluationOfTasks {
  return { ...evaluation, every, tasks: evaluation.tasks.slice(0, questions) }
}
