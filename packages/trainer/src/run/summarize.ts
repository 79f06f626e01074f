import type { Task } from '@icrl/core'
import { headlineOf } from '../evaluate/headline-of.ts'
import { lineOf } from './metrics-line.ts'
import { sha256 } from './sha256.ts'
import type { EvaluationRecord, Metrics, RunSummary, TrainOptions } from '../train-options.ts'
import type { TrainState } from './train-state.ts'

/** The run's summary so far; it has `eval_final` once the run is finished. */
export async function summarize<T extends Task>(
  { recipe, seed, platform = {} }: TrainOptions<T>,
  state: TrainState,
  metrics: readonly Metrics[],
  finished: boolean,
): Promise<RunSummary> {
  const headline = state.evaluations.length > 0 ? headlineOf(recipe) : undefined
  const at = (step: number): EvaluationRecord | undefined =>
    state.evaluations.find((one) => one.step === step)
  const accuracyOf = (record: EvaluationRecord | undefined): number | undefined =>
    record?.metrics[`eval/${headline}`]
  const coverageOf = (record: EvaluationRecord | undefined): number | undefined =>
    record?.metrics['eval/coverage']
  const [initial, final] = [at(0), finished ? at(state.step) : undefined]
  const best = state.evaluations
    .filter((one) => accuracyOf(one) !== undefined)
    .reduce<EvaluationRecord | undefined>(
      (most, one) => (most && accuracyOf(most)! >= accuracyOf(one)! ? most : one),
      undefined,
    )
  return {
    method: recipe.name,
    seed,
    steps: state.step,
    headline,
    eval_initial: accuracyOf(initial),
    eval_initial_coverage: coverageOf(initial),
    eval_final: accuracyOf(final),
    eval_final_coverage: coverageOf(final),
    eval_best: accuracyOf(best),
    eval_best_coverage: coverageOf(best),
    tokens_sampled: state.tokens,
    wall_seconds: Math.round(state.wallSeconds * 1000) / 1000,
    backend: platform.backend,
    isa: platform.isa,
    metrics_sha256: await sha256(metrics.map(lineOf).join('')),
    evaluations: state.evaluations,
  }
}
