import type { Experiment } from '@icrl/example-experiments'

const ARMS = ['icrl', 'grpo', 'icrl-shuffled'] as const
const SEARCH = {
  arms: ARMS,
  rates: [1e-4, 3e-4, 6e-4, 1e-3],
  /** These seeds are used in no comparison. */
  seeds: [100, 101],
  questions: 256,
} as const

/**
 * The experiments behind docs/results.md, the most important first: with the arms' own rates, then
 * with those that the searches found. Searches run shorter and on half the questions: they choose a
 * rate, they measure nothing.
 */
export const EXPERIMENTS: Readonly<Record<string, Experiment>> = {
  triple: {
    task: 'triple',
    arms: ARMS,
    seeds: [0, 1, 2, 3, 4],
    tokens: 240_000,
    places: [0, 60_000, 100_000, 160_000, 240_000],
    every: 10,
    questions: 512,
  },
  chain: {
    task: 'chain',
    arms: ARMS,
    seeds: [0, 1, 2, 3, 4],
    tokens: 200_000,
    places: [0, 20_000, 40_000, 60_000, 100_000, 200_000],
    every: 10,
    questions: 512,
  },
  leak: {
    task: 'leak',
    arms: ['icrl', 'icrl-unweighted'],
    seeds: [0, 1, 2],
    tokens: 400_000,
    places: [0, 100_000, 240_000, 400_000],
    every: 20,
    questions: 512,
  },
  'invalid-critiques': {
    task: 'chain',
    arms: ['icrl', 'icrl-unpaid', 'icrl-dropped'],
    seeds: [0, 1, 2, 3, 4],
    tokens: 60_000,
    places: [0, 20_000, 40_000, 60_000],
    every: 10,
    questions: 512,
  },
  'triple-searched': {
    task: 'triple',
    arms: ARMS,
    rateOf: { icrl: 1e-3, grpo: 6e-4, 'icrl-shuffled': 1e-3 },
    seeds: [0, 1, 2, 3, 4],
    tokens: 240_000,
    places: [0, 60_000, 120_000, 240_000],
    every: 15,
    questions: 512,
  },
  'chain-searched': {
    task: 'chain',
    arms: ARMS,
    rateOf: { icrl: 6e-4, grpo: 3e-4, 'icrl-shuffled': 1e-3 },
    seeds: [0, 1, 2, 3, 4],
    tokens: 60_000,
    places: [0, 20_000, 40_000, 60_000],
    every: 10,
    questions: 512,
  },
  'search-triple': {
    ...SEARCH,
    task: 'triple',
    tokens: 120_000,
    places: [0, 60_000, 120_000],
    every: 15,
  },
  'search-chain': {
    ...SEARCH,
    task: 'chain',
    tokens: 60_000,
    places: [0, 20_000, 40_000, 60_000],
    every: 10,
  },
}
