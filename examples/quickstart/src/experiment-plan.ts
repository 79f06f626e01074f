import type { Experiment } from '@icrl/example-experiments'

const ARMS = ['icrl', 'grpo', 'icrl-shuffled'] as const
const SEARCH = {
  arms: ARMS,
  rates: [1e-4, 3e-4, 6e-4, 1e-3],
  /** These seeds are used in no comparison. */
  seeds: [100, 101],
  questions: 256,
} as const

/** Methods that start from the same policy and sample as many tokens; ICRL first. */
const METHODS = [
  'icrl',
  'icrl-released',
  'icrl-retry',
  'critique-grpo',
  'grpo',
  'gspo',
  'dr-grpo',
  'dapo',
] as const
/** ICRL less one of its parts. */
const ABLATIONS = [
  'icrl-unweighted',
  'icrl-pooled',
  'icrl-frozen',
  'icrl-cap-1',
  'icrl-uncapped',
] as const

/** Methods that also learn from critiques, or from an expert. */
const NEIGHBORS = ['luffy', 'rltf-sd', 'erl', 'echo'] as const

/** ICRL with more than the paper has, and what tells why; see the README. */
const BEYOND = {
  arms: [
    'icrl',
    'icrl-replay',
    'icrl-replay-mirror',
    'icrl-replay-mirror-shuffled',
    'icrl-replay-mirror-frozen',
    'grpo-replay',
  ],
  /** No search has seen these seeds. */
  seeds: [20, 21, 22, 23, 24, 25, 26, 27, 28, 29],
  questions: 512,
} as const

/** Each arm of `BEYOND` at the rate that two other seeds gave it. */
function beyondRates(icrl: number, grpo: number): Record<string, number> {
  return Object.fromEntries(
    BEYOND.arms.map((arm) => [arm, arm.startsWith('grpo') ? grpo : icrl] as const),
  )
}

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
  'beyond-chain': {
    ...BEYOND,
    task: 'chain',
    rateOf: beyondRates(6e-4, 3e-4),
    tokens: 60_000,
    places: [0, 10_000, 20_000, 60_000],
    every: 15,
  },
  'beyond-triple': {
    ...BEYOND,
    task: 'triple',
    rateOf: beyondRates(1e-3, 6e-4),
    tokens: 240_000,
    places: [0, 60_000, 120_000, 240_000],
    every: 20,
  },
  'beyond-leak': {
    ...BEYOND,
    task: 'leak',
    arms: ['icrl', 'icrl-replay', 'icrl-replay-mirror'],
    rateOf: beyondRates(6e-4, 6e-4),
    tokens: 240_000,
    places: [0, 60_000, 120_000, 240_000],
    every: 20,
  },
  /** How far w_t may fall, against what a critique leaks. */
  'weights-leak': {
    task: 'leak',
    arms: [
      'icrl',
      'icrl-floor-0.02',
      'icrl-floor-0.1',
      'icrl-floor-0.3',
      'icrl-annealed',
      'icrl-unweighted',
    ],
    seeds: [0, 1, 2, 3, 4],
    tokens: 240_000,
    places: [0, 60_000, 120_000, 240_000],
    every: 20,
    questions: 512,
  },
  'methods-chain': {
    task: 'chain',
    arms: [...METHODS, ...ABLATIONS],
    rateOf: {
      icrl: 6e-4,
      'icrl-released': 3e-4,
      'icrl-retry': 3e-4,
      'critique-grpo': 6e-4,
      grpo: 3e-4,
      gspo: 3e-4,
      'dr-grpo': 3e-4,
      dapo: 3e-4,
      'icrl-unweighted': 6e-4,
      'icrl-pooled': 6e-4,
      'icrl-frozen': 6e-4,
      'icrl-cap-1': 6e-4,
      'icrl-uncapped': 6e-4,
    },
    seeds: [0, 1, 2, 3, 4],
    tokens: 60_000,
    places: [0, 20_000, 40_000, 60_000],
    every: 10,
    questions: 512,
  },
  /** Rates of `search-chain` and `search-chain-adapter`. */
  'chain-adapter': {
    task: 'chain',
    arms: ['icrl', 'icrl-rank-4', 'icrl-rank-16'],
    rateOf: { icrl: 6e-4, 'icrl-rank-4': 3e-3, 'icrl-rank-16': 3e-3 },
    seeds: [0, 1, 2, 3, 4],
    tokens: 60_000,
    places: [0, 20_000, 40_000, 60_000],
    every: 10,
    questions: 512,
  },
  /** What AdamW's moments cost in bf16 and in 8 bits, at the rate of float32's. */
  'chain-moments': {
    task: 'chain',
    arms: ['icrl', 'icrl-moments-bf16', 'icrl-moments-8bit'],
    rateOf: { icrl: 6e-4, 'icrl-moments-bf16': 6e-4, 'icrl-moments-8bit': 6e-4 },
    seeds: [0, 1, 2, 3, 4],
    tokens: 60_000,
    places: [0, 20_000, 40_000, 60_000],
    every: 10,
    questions: 512,
  },
  'search-chain-adapter': {
    task: 'chain',
    arms: ['icrl-rank-4', 'icrl-rank-16'],
    rates: [1e-3, 3e-3, 1e-2],
    seeds: [100, 101],
    tokens: 60_000,
    places: [0, 20_000, 40_000, 60_000],
    every: 10,
    questions: 256,
  },
  /** `icrl` and `grpo` are searched in `search-chain`. */
  'search-methods': {
    ...SEARCH,
    task: 'chain',
    arms: [...METHODS, ...ABLATIONS].filter((arm) => arm !== 'icrl' && arm !== 'grpo'),
    tokens: 60_000,
    places: [0, 20_000, 40_000, 60_000],
    every: 10,
  },
  /** Accuracy after each of four attempts, all critiqued, before and after training. */
  'rounds-chain': {
    task: 'chain',
    arms: ['icrl-rounds'],
    rateOf: { 'icrl-rounds': 6e-4 },
    seeds: [0, 1, 2, 3, 4],
    tokens: 60_000,
    places: [0, 60_000],
    every: 1000,
    questions: 512,
    figures: [
      'rounds/accuracy_1',
      'rounds/accuracy_2',
      'rounds/accuracy_3',
      'rounds/accuracy_4',
      'rounds/harm_2',
      'rounds/harm_3',
      'rounds/harm_4',
    ],
  },
  /** Rates of `search-neighbors`; `icrl` and `grpo` are in `methods-chain`. */
  'neighbors-chain': {
    task: 'chain',
    arms: [...NEIGHBORS, 'icrl-constant'],
    rateOf: { luffy: 6e-4, 'rltf-sd': 6e-4, erl: 6e-4, echo: 3e-4, 'icrl-constant': 3e-4 },
    seeds: [0, 1, 2, 3, 4],
    tokens: 60_000,
    places: [0, 20_000, 40_000, 60_000],
    every: 20,
    questions: 512,
  },
  /** `icrl-constant` is critiqued by the same words whatever it answered. */
  'search-neighbors': {
    task: 'chain',
    arms: [...NEIGHBORS, 'icrl-constant'],
    rates: [3e-4, 6e-4, 1e-3],
    seeds: SEARCH.seeds,
    tokens: 60_000,
    places: [0, 20_000, 40_000, 60_000],
    every: 20,
    questions: 256,
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
