import type { Metrics } from './run.ts'

/**
 * Parses and checks a line of metrics or timing: a flat object of finite numbers, with steps in
 * ascending order.
 *
 * @param after the step of the line before
 * @throws an error that says what is wrong; the reader adds file and line.
 */
export function parseMetrics(line: string, after?: number): Metrics & { readonly step: number } {
  const value: unknown = JSON.parse(line)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('not an object')
  for (const [key, number] of Object.entries(value)) {
    if (typeof number !== 'number' || !Number.isFinite(number))
      throw new Error(`"${key}" is not a finite number`)
  }
  const { step } = value as { step?: number }
  if (step === undefined || !Number.isInteger(step)) throw new Error('it has no whole "step"')
  if (after !== undefined && step <= after) throw new Error(`step ${step} follows step ${after}`)
  return currentNames(value as Metrics) as Metrics & { step: number }
}

/** Runs of format 1 call zero-variance groups "flat". */
function currentNames(metrics: Metrics): Metrics {
  if (!Object.keys(metrics).some((key) => key.startsWith('groups/flat_'))) return metrics
  return Object.fromEntries(
    Object.entries(metrics).map(([key, value]) => [
      key.replace(/^groups\/flat_/, 'groups/zero_variance_'),
      value,
    ]),
  )
}
