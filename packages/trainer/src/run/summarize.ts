import type { Task } from '@icrl/core'
import { headlineOf } from '../evaluate/headline-of.ts'
import { lineOf } from './metrics-line.ts'
import { sha256 } from './sha256.ts'
import type { Metrics, RunSummary, TrainOptions } from '../train-options.ts'
import type { TrainState } from './train-state.ts'

/** The run's summary so far; it has `eval_final` once the run is finished. */
export async function summarize<T extends Task>(
  { recipe, seed, platform = {} }: TrainOptions<T>,
  state: TrainState,
  metrics: readonly Metrics[],
  finished: boolean,
): Promise<RunSummary> {
  const headline = state.evaluations.length > 0 ? headlineOf(recipe) : undefined
  const accuracies = state.evaluations.flatMap((record) => record.metrics[`eval/${headline}`] ?? [])
  return {
    method: recipe.name,
    seed,
    steps: state.step,
    headline,
    eval_initial: accuracies[0],
    eval_final: finished ? accuracies.at(-1) : undefined,
    eval_best: accuracies.length > 0 ? Math.max(...accuracies) : undefined,
    tokens_sampled: state.tokens,
    wall_seconds: Math.round(state.wallSeconds * 1000) / 1000,
    backend: platform.backend,
    isa: platform.isa,
    metrics_sha256: await sha256(metrics.map(lineOf).join('')),
    evaluations: state.evaluations,
  }
}
