import type { SessionResult } from '@icrl/core'
import type { FailureCount } from '@icrl/rollout'
import type { Figures } from './evaluation-figures.ts'

/** How the intervals of a table were made. */
export const INTERVALS =
  '95% intervals: Wilson’s score over tasks, samples of one task discounted by their design effect; the lift by Newcombe’s difference of two such.'

/** One line per figure: name, value, interval. */
export function figureTable(figures: Figures): string {
  const width = Math.max(0, ...Object.keys(figures).map(({ length }) => length))
  return Object.entries(figures)
    .map(
      ([name, { value, low, high }]) =>
        `  ${name.padEnd(width)}  ${value.toFixed(3).padStart(6)}  [${low.toFixed(3)}, ${high.toFixed(3)}]`,
    )
    .join('\n')
}

/** The least share of right answers turned wrong that is worth a word. */
const HARM = 0.1

/** What follows from the critic's figures, in words; nothing where it does no harm. */
export function criticAdvice(figures: Figures): string[] {
  const { 'critic/harm_rate': harm, 'critic/lift': lift } = figures
  const percent = (share: number): string => `${Math.round(100 * share)}%`
  const found = [
    ...(harm && harm.value >= HARM ? [`${percent(harm.value)} of right answers become wrong`] : []),
    ...(lift && lift.high < 0
      ? [`second attempts succeed ${percent(-lift.value)} less often than plain retries`]
      : []),
  ]
  return found.length === 0
    ? []
    : [
        `The critic does harm: after a critique ${found.join(', and ')}. Use the model without it, or an earlier checkpoint as the critic.`,
      ]
}

/** The figures as flat JSON: values by name, intervals in an object of their own. */
export function figureJson(figures: Figures): Readonly<Record<string, unknown>> {
  const entries = Object.entries(figures)
  return {
    ...Object.fromEntries(entries.map(([name, { value }]) => [name, value])),
    intervals: Object.fromEntries(entries.map(([name, { low, high }]) => [name, [low, high]])),
  }
}

/** The failures as lines, at most five reasons. */
export function failureLines(
  failures: readonly FailureCount[],
  sessions: readonly SessionResult[],
): string[] {
  if (failures.length === 0) return []
  const failed = sessions.filter(({ failure }) => failure)
  const lost = failed.filter(({ outcomes }) => outcomes.length === 0).length
  const fate = [
    ...(lost > 0 ? [`${lost} before an attempt ended, and are in no figure`] : []),
    ...(lost < failed.length
      ? [`${failed.length - lost} later, and count by what they finished`]
      : []),
  ]
  const shown = failures
    .slice(0, 5)
    .map(({ reason, sessions: alike }) => `  ${alike} × ${reason.slice(0, 400)}`)
  return [
    `${failed.length} of ${sessions.length} sessions failed: ${fate.join('; ')}.`,
    ...shown,
    ...(failures.length > 5 ? [`  and ${failures.length - 5} other reasons`] : []),
  ]
}
