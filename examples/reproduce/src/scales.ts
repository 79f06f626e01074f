import { fileURLToPath } from 'node:url'
import { IcrlError } from '@icrl/core'
import type { Experiment } from '@icrl/example-experiments'
import type { LoadedConfig, RunConfig } from 'icrl'
import { bareDatesGrpo, bareDatesIcrl } from '../../laptop/src/arms.ts'
import { EXPERIMENTS } from '../../quickstart/src/experiment-plan.ts'
import { loadArm } from '../../quickstart/src/run-arm.ts'
import { mathRun, type IcrlChanges } from '../../qwen3/src/index.ts'

/** How large a reproduction is: a task, a model, and how every arm is run on it. */
export interface Scale {
  readonly title: string
  /** Seeds, tokens and questions; the studies say which arms. */
  readonly plan: Omit<Experiment, 'arms'>
  /** The figure that is accuracy. Default: `eval/critique_free`. */
  readonly metric?: string
  /** An arm's run; undefined if the scale does not have it. */
  readonly load: (arm: string) => Promise<LoadedConfig | undefined>
  /** Files of curves in the repository. */
  readonly stored: readonly string[]
}

/** ICRL with something changed, by the arm's name: what scales without configurations of arms run. */
const CHANGES: Readonly<Record<string, IcrlChanges>> = {
  icrl: {},
  'icrl-released': { preset: 'released' },
  'icrl-retry': { critic: 'none' },
  'icrl-unweighted': { weights: 'none' },
  'icrl-pooled': { advantages: 'pooled' },
  'icrl-frozen': { critic: 'frozen' },
  'icrl-cap-1': { maxWeight: 1 },
  'icrl-uncapped': { maxWeight: Infinity },
  'icrl-shuffled': { critic: 'shuffled' },
}

/** A configuration that no file holds: it belongs to this one. */
function madeHere(config: RunConfig): LoadedConfig {
  return { config, file: fileURLToPath(import.meta.url), sha256: '' }
}

async function changed(
  arm: string,
  icrl: (changes: IcrlChanges) => unknown,
  grpo: () => unknown,
): Promise<LoadedConfig | undefined> {
  if (arm === 'grpo') return madeHere(grpo() as RunConfig)
  const changes = CHANGES[arm]
  return changes && madeHere(icrl(changes) as RunConfig)
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
    load: async (arm) => {
      try {
        return await loadArm('chain', arm)
      } catch (error) {
        if (error instanceof IcrlError && error.code === 'missing-file') return undefined
        throw error
      }
    },
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
    load: (arm) => changed(arm, bareDatesIcrl, bareDatesGrpo),
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
    load: (arm) => {
      const model = 'hf:Qwen/Qwen3-8B'
      return changed(
        arm,
        (changes) => mathRun({ model, method: 'icrl', changes }),
        () => mathRun({ model, method: 'grpo' }),
      )
    },
    stored: [],
  },
}
