import type { Experiment } from '@icrl/example-experiments'

const SEEDS = [0, 1, 2, 3, 4]
const BARE = ['icrl', 'grpo', 'icrl-shuffled'] as const
const BARE_TOKENS = { tokens: 20_000, places: [0, 5000, 10_000, 15_000, 20_000] } as const

/** The experiments behind this folder's README, the most important first. */
export const EXPERIMENTS: Readonly<Record<string, Experiment>> = {
  dates: {
    task: 'dates',
    arms: ['grpo'],
    seeds: SEEDS,
    tokens: 10_000,
    places: [0, 2500, 5000, 10_000],
    every: 3,
    questions: 64,
  },
  addition: {
    task: 'addition',
    arms: ['grpo'],
    seeds: SEEDS,
    tokens: 18_000,
    places: [0, 6000, 12_000, 18_000],
    every: 5,
    questions: 64,
  },
  /** One search for all arms, with a seed that no comparison uses. */
  'search-bare-dates': {
    task: 'bare-dates',
    arms: BARE,
    rates: [1e-5, 2e-5, 4e-5],
    seeds: [100],
    tokens: 12_000,
    places: [0, 6000, 12_000],
    every: 4,
    questions: 32,
  },
  'bare-dates': {
    task: 'bare-dates',
    arms: BARE,
    seeds: SEEDS,
    ...BARE_TOKENS,
    every: 4,
    questions: 64,
  },
}
