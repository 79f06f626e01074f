import type { Run } from '../run.ts'

/** Something a person should know about a run, with its reasons. */
export interface Advisory {
  /** Name of the rule, in kebab case. */
  readonly rule: string
  /** `warning`: act on it. `notice`: know it. `good`: a check that passed and is worth saying. */
  readonly level: 'warning' | 'notice' | 'good'
  /** The finding and what to do, in sentences, numbers included. */
  readonly text: string
  /** When the rule speaks, in a sentence. */
  readonly because: string
  /** The numbers the rule looked at, by name. */
  readonly numbers: Readonly<Record<string, number>>
}

/** Looks at a run and may have something to say. */
export type AdvisoryRule = (run: Run) => Advisory | undefined

/**
 * A share as people read it: `0.923` as `92%`. It has one more digit below 10% and close to 100%,
 * so that only 0 is `0%` and only 1 is `100%`.
 */
export function formatPercent(share: number): string {
  const value = Math.abs(100 * share)
  const sign = share < 0 ? '−' : ''
  if (value !== 0 && value < 0.05) return `${sign}<0.1%`
  if (value > 99.5 && value < 100) return `${sign}${value > 99.95 ? '>99.9' : value.toFixed(1)}%`
  return `${sign}${value < 10 ? Number(value.toFixed(1)) : Math.round(value)}%`
}
