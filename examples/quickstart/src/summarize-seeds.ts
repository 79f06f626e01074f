import { createHash } from 'node:crypto'
import type { RunSummary } from '@icrl/trainer'
import type { ArmOutcome } from './run-arm.ts'

/**
 * One method over several seeds: means of accuracies, sums of costs, and each seed's own summary.
 */
export interface SeedsSummary extends RunSummary {
  readonly seeds?: readonly RunSummary[]
  /**
   * Share of first attempts at the end that took a place they had not looked for, over all seeds.
   */
  readonly place_guesses?: number
}

function mean(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0
    ? undefined
    : known.reduce((sum, value) => sum + value, 0) / known.length
}

/**
 * The summary itself for one seed; `metrics_sha256` of several is that of their hashes, one per
 * line.
 */
export function summarizeSeeds(
  outcomes: readonly Pick<ArmOutcome, 'summary' | 'placeGuesses'>[],
): SeedsSummary {
  const seeds = outcomes.map(({ summary }) => summary)
  const place_guesses = mean(outcomes.map(({ placeGuesses }) => placeGuesses))
  const guesses = place_guesses !== undefined && { place_guesses }
  if (seeds.length === 1) return { ...seeds[0], ...guesses }
  const sum = (of: (summary: RunSummary) => number): number =>
    seeds.reduce((total, summary) => total + of(summary), 0)
  return {
    ...seeds[0],
    steps: sum(({ steps }) => steps),
    eval_initial: mean(seeds.map(({ eval_initial }) => eval_initial)),
    eval_final: mean(seeds.map(({ eval_final }) => eval_final)),
    eval_best: mean(seeds.map(({ eval_best }) => eval_best)),
    tokens_sampled: sum(({ tokens_sampled }) => tokens_sampled),
    wall_seconds: sum(({ wall_seconds }) => wall_seconds),
    metrics_sha256: createHash('sha256')
      .update(seeds.map(({ metrics_sha256 }) => `${metrics_sha256}\n`).join(''))
      .digest('hex'),
    ...guesses,
    evaluations: [],
    seeds,
  }
}
