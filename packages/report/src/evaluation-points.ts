import type { EvaluationPoint, Metrics } from './run.ts'

export interface EvaluationPointsOptions {
  readonly metrics: readonly Metrics[]
  readonly timing: readonly Metrics[]
  /**
   * The evaluations of the summary. Only it has the last one, which no line of `metrics.jsonl`
   * holds.
   */
  readonly stored: readonly Omit<EvaluationPoint, 'seconds'>[]
  /** Steps done before each evaluation that has a file. */
  readonly steps: readonly number[]
}

const ALONGSIDE = /^(eval|probe)\/|^calibration\/probe|^critic\/(.+\/)?(lift|harm_rate)$/

/**
 * A run's evaluations, from wherever each is recorded: the summary, or the line of the step that
 * follows it.
 */
export function evaluationPoints({
  metrics,
  timing,
  stored,
  steps,
}: EvaluationPointsOptions): EvaluationPoint[] {
  const bySteps = new Map<number, EvaluationPoint>()
  const secondsBefore = cumulated(timing.map(secondsOfStep))
  const add = (step: number, tokens: number, values: Metrics): void => {
    const seconds = timing.length >= step && timing.length > 0 ? secondsBefore[step] : undefined
    bySteps.set(step, { step, tokens, metrics: values, ...(seconds !== undefined && { seconds }) })
  }
  const tokensBefore = (step: number): number | undefined =>
    step === 0 ? 0 : metrics[step - 1]?.['tokens/sampled_total']
  for (const line of metrics) {
    const values = Object.fromEntries(Object.entries(line).filter(([key]) => ALONGSIDE.test(key)))
    const tokens = tokensBefore(line.step)
    if (Object.keys(values).some((key) => key.startsWith('eval/')) && tokens !== undefined)
      add(line.step, tokens, values)
  }
  for (const { step, tokens, metrics: values } of stored) add(step, tokens, values)
  for (const step of steps) {
    const tokens = tokensBefore(step)
    if (!bySteps.has(step) && tokens !== undefined) add(step, tokens, {})
  }
  return [...bySteps.values()].sort((a, b) => a.step - b.step)
}

/** `[n + 1]` sums of the first 0 … n values; undefined from the first unknown value on. */
function cumulated(values: readonly (number | undefined)[]): (number | undefined)[] {
  let sum: number | undefined = 0
  return [
    0,
    ...values.map(
      (value) => (sum = sum === undefined || value === undefined ? undefined : sum + value),
    ),
  ]
}

/**
 * Seconds of a step without its evaluation, which is for the reader and not part of what the method
 * costs. Undefined if not recorded.
 */
export function secondsOfStep(timing: Metrics): number | undefined {
  const seconds = timing['perf/step_seconds']
  return seconds === undefined
    ? undefined
    : Math.max(0, seconds - (timing['perf/phase/evaluate'] ?? 0))
}
