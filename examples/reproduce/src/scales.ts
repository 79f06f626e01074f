import { fileURLToPath } from 'node:url'
import { IcrlError } from '@icrl/core'
import type { Experiment } from '@icrl/example-experiments'
import type { LoadedConfig, RunConfig } from 'icrl'
import { bareDatesRun } from '../../laptop/src/arms.ts'
import { EXPERIMENTS } from '../../quickstart/src/experiment-plan.ts'
import { loadArm } from '../../quickstart/src/run-arm.ts'
import { type Arm, mathRun, PAPER_ARMS } from '../../qwen3/src/index.ts'

/** How large a reproduction is: a task, a model, and how every arm is run on it. */
export interface Scale {
  readonly title: string
  /** Seeds, tokens and questions; the studies say which arms. */
  readonly plan: Omit<Experiment, 'arms'>
  /** The figure that is accuracy. Default: `eval/critique_free`. */
  readonly metric?: string
  /** The run of an arm of any study. */
  readonly load: (arm: string) => Promise<LoadedConfig>
  /** Files of curves in the repository. */
  readonly stored: readonly string[]
}

/** A configuration that no file holds: it belongs to this one. */
function madeHere(arm: string, runOf: (arm: Arm) => unknown): LoadedConfig {
  const made = PAPER_ARMS[arm]
  if (!made)
    throw new IcrlError(`There is no arm "${arm}".`, {
      code: 'invalid-option',
      remedy: `Name one of ${Object.keys(PAPER_ARMS).join(', ')}.`,
    })
  return { config: runOf(made) as RunConfig, file: fileURLToPath(import.meta.url), sha256: '' }
}

const quickstart = (name: string): string =>
  fileURLToPath(new URL(`../../quickstart/results/${name}.jsonl`, import.meta.url))
const chain = EXPERIMENTS['methods-chain']

/** From minutes to days. */
export const SCALES: Readonly<Record<string, Scale>> = {
  tiny: {
    title: 'the quickstart’s operator chain: 104 thousand parameters, five seeds, seconds a run',
    plan: {
      ...chain,
      rateOf: {
        ...chain.rateOf,
        'icrl-shuffled': EXPERIMENTS['chain-searched'].rateOf!['icrl-shuffled'],
        'icrl-constant': EXPERIMENTS['neighbors-chain'].rateOf!['icrl-constant'],
        'icrl-rounds': chain.rateOf!.icrl,
      },
    },
    load: (arm) => loadArm('chain', arm),
    stored: ['methods-chain', 'chain-searched', 'neighbors-chain', 'rounds-chain'].map(quickstart),
  },
  small: {
    title: 'dates in an unnamed form: SmolLM2-135M, three seeds, about half an hour a run',
    plan: {
      task: 'bare-dates',
      seeds: [0, 1, 2],
      tokens: 24_000,
      places: [0, 6000, 12_000, 24_000],
      every: 4,
      questions: 64,
    },
    metric: 'eval/greedy/critique_free',
    load: async (arm) => madeHere(arm, bareDatesRun),
    stored: [],
  },
  paper: {
    title: 'mathematics of the paper: Qwen3-8B, 300 steps, its published values; days of GPUs',
    plan: {
      task: 'mathematics',
      seeds: [0],
      // 300 steps of 16 tasks, 8 sessions each, about 2,000 tokens a session.
      tokens: 76_800_000,
      places: [0, 25_600_000, 51_200_000, 76_800_000],
      every: 10,
      questions: 10_000,
    },
    load: async (arm) => madeHere(arm, (method) => mathRun({ model: 'hf:Qwen/Qwen3-8B', method })),
    stored: [],
  },
}
