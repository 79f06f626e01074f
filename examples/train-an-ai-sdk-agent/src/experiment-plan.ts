import type { Experiment } from '@icrl/example-experiments'

/** The experiment behind this folder's README: both methods at equal sampled tokens. */
export const EXPERIMENTS: Readonly<Record<string, Experiment>> = {
  shop: {
    task: 'arms',
    arms: ['icrl', 'grpo'],
    seeds: [0, 1, 2, 3, 4],
    tokens: 120_000,
    places: [0, 30_000, 60_000, 90_000, 120_000],
    every: 4,
    questions: 97,
  },
}
