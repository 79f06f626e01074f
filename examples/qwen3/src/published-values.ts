/**
 * Values of the experiments of ICRL (arXiv 2605.15224), of the paper where it prints them and of the
 * released configuration for environments elsewhere. Mathematics takes the same, but for the longer
 * answers of the authors' run with 4B parameters.
 */
export const PUBLISHED = {
  /** K */
  rounds: 2,
  maxWeight: 2,
  /** G */
  sessionsPerTask: 8,
  tasksPerStep: 16,
  steps: 300,
  clipLow: 0.2,
  clipHigh: 0.28,
  klCoefficient: 0,
  entropyCoefficient: 0,
  temperature: 1,
  topP: 1,
  /** AdamW at a constant rate; weight decay leaves norms and embeddings out. */
  optimizer: { learningRate: 1e-6, clipNorm: 1, beta1: 0.9, beta2: 0.98, weightDecay: 0.1 },
  /** Tokens of an attempt with its prompt and all observations. */
  contextTokens: 16_384,
  /** Tokens of a turn in an environment. */
  turnTokens: 2048,
  /** Tokens of an answer to a problem of mathematics. */
  answerTokens: 8192,
  critiqueTokens: 1024,
  maxTurns: 30,
  maxRepeatedActions: 3,
  /** Steps between evaluations. */
  every: 10,
  /** Benchmarks whose few problems are attempted several times. */
  sampled: { temperature: 0.6, topP: 0.95 },
  repeats: { amc: 4, aime24: 8 },
} as const

/** What is smaller in a run of minutes. */
export interface Scale {
  readonly tasksPerStep: number
  readonly sessionsPerTask: number
  readonly steps: number
  readonly every: number
  /** Most tokens of a turn, a critique, and a whole attempt. */
  readonly turnTokens: number
  readonly critiqueTokens: number
  readonly contextTokens: number
  readonly maxTurns: number
  /** Most held-out tasks of each set. */
  readonly questions: number
}

const { tasksPerStep, sessionsPerTask, steps, every, critiqueTokens, contextTokens, maxTurns } =
  PUBLISHED
const whole = { tasksPerStep, sessionsPerTask, steps, every, critiqueTokens, contextTokens }

export const PAPER_MATH: Scale = {
  ...whole,
  turnTokens: PUBLISHED.answerTokens,
  maxTurns: 1,
  questions: Infinity,
}

export const PAPER_AGENTIC: Scale = {
  ...whole,
  turnTokens: PUBLISHED.turnTokens,
  maxTurns,
  questions: Infinity,
}

const small = {
  tasksPerStep: 2,
  sessionsPerTask: 2,
  steps: 2,
  every: 2,
  turnTokens: 64,
  critiqueTokens: 32,
  questions: 4,
}

/** Without training every id of the vocabulary is as likely, and no answer ends by itself. */
export const RANDOM_WEIGHTS: Partial<Scale> = { turnTokens: 8, critiqueTokens: 8, questions: 2 }

export const TINY_MATH: Scale = { ...small, contextTokens: 1024, maxTurns: 1 }

export const TINY_AGENTIC: Scale = { ...small, contextTokens: 2048, maxTurns: 3 }
