import type { Experiment } from '@icrl/example-experiments'

const SEEDS = [0, 1, 2, 3, 4]
const BARE = ['icrl', 'grpo', 'icrl-shuffled'] as const
/** No comparison uses it. */
const SEARCH_SEEDS = [100]
const BARE_DATES = {
  task: 'bare-dates',
  seeds: SEEDS,
  tokens: 20_000,
  places: [0, 5000, 10_000, 15_000, 20_000],
  every: 4,
  questions: 64,
} as const
/** At the rate of bare dates, which it shares but for the form. */
const ARCHIVE = {
  task: 'archive',
  seeds: SEEDS,
  tokens: 20_000,
  places: [0, 5000, 10_000, 15_000, 20_000],
  // ICRL samples about 2,900 tokens a step.
  every: 2,
  questions: 64,
} as const

/** The experiments behind docs/results-pretrained.md, the most important first. */
export const EXPERIMENTS: Readonly<Record<string, Experiment>> = {
  dates: {
    task: 'dates',
    arms: ['grpo', 'grpo-rank-16'],
    seeds: SEEDS,
    tokens: 10_000,
    places: [0, 2500, 5000, 10_000],
    every: 3,
    questions: 64,
  },
  'search-dates': {
    task: 'dates',
    arms: ['grpo'],
    rates: [5e-6, 1e-5, 2e-5, 4e-5],
    seeds: SEARCH_SEEDS,
    tokens: 10_000,
    places: [0, 5000, 10_000],
    every: 3,
    questions: 32,
  },
  'search-dates-adapter': {
    task: 'dates',
    arms: ['grpo-rank-16'],
    rates: [1e-4, 3e-4, 1e-3],
    seeds: SEARCH_SEEDS,
    tokens: 10_000,
    places: [0, 5000, 10_000],
    every: 3,
    questions: 32,
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
  'search-bare-dates': {
    task: 'bare-dates',
    arms: BARE,
    rates: [1e-5, 2e-5, 4e-5, 8e-5],
    seeds: SEARCH_SEEDS,
    tokens: 12_000,
    places: [0, 6000, 12_000],
    every: 4,
    questions: 32,
  },
  'bare-dates': {
    ...BARE_DATES,
    arms: BARE,
  },
  /** What goes beyond the paper's ICRL, at the rates of those it changes; `icrl` is in `bare-dates`. */
  'beyond-bare-dates': { ...BARE_DATES, arms: ['icrl-replay', 'grpo-replay'] },
  'mirror-bare-dates': { ...BARE_DATES, arms: ['icrl-replay-mirror'] },
  /** A form with a token out of reach: GRPO is never right, and w_t mutes what a critique shows. */
  archive: { ...ARCHIVE, arms: ['grpo', 'icrl', 'icrl-annealed'] },
  /** Other ways to let the token through. */
  'archive-weights': {
    ...ARCHIVE,
    arms: ['icrl-unweighted', 'icrl-replay', 'icrl-floor-0.3', 'icrl-floor-0.1', 'icrl-floor-0.02'],
  },
}
