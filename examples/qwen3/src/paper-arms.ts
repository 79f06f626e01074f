import type { Recipe, Task } from '@icrl/core'
import {
  critiqueGrpo,
  type CritiqueGrpoOptions,
  dapo,
  drGrpo,
  grpo,
  type GrpoOptions,
  gspo,
  icrl,
  type IcrlOptions,
  type RolloutOptions,
} from '@icrl/recipes'
import type { CriticOptions } from '@icrl/rollout'
import { withRounds } from '../../quickstart/src/round-figures.ts'

/** What may differ from the paper's ICRL: its ablations and controls, and the released code's preset. */
export type IcrlChanges = Pick<
  IcrlOptions,
  'preset' | 'weights' | 'advantages' | 'minWeight' | 'maxWeight' | 'critic'
>

/** What all arms of a comparison share. */
export interface ArmParts<T extends Task> extends Pick<CritiqueGrpoOptions<T>, 'guidance'> {
  readonly sampled: RolloutOptions<T>
  /** Of all arms but GSPO, whose ratios are of whole answers. */
  readonly clip?: Pick<GrpoOptions, 'clipLow' | 'clipHigh'>
  readonly critic: CriticOptions<T>
  /** ICRL's own values. */
  readonly icrl?: Pick<IcrlOptions, 'rounds' | 'maxWeight'>
  /** Sessions of a task in arms without critiques; default: as many as the others. */
  readonly sessionsAlone?: number
  /** Longest answer, in tokens. */
  readonly responseTokens: number
  /** The critique that says the same of every answer: "check your work". */
  readonly constantCritique: string
  /** The set whose accuracy by rounds is shown; default: all. */
  readonly roundsOf?: string
}

/** A method on what a comparison shares. */
export type Arm = <T extends Task>(parts: ArmParts<T>) => Recipe<T>

/** ICRL with something changed. */
export function icrlArm(changes: IcrlChanges = {}): Arm {
  return ({ sampled, clip, critic, icrl: own }) =>
    icrl({
      ...sampled,
      ...clip,
      ...own,
      ...critic,
      evaluations: ['critique_free'],
      ...changes,
    })
}

const alone = <T extends Task>({ sampled, sessionsAlone }: ArmParts<T>): RolloutOptions<T> => ({
  ...sampled,
  sessionsPerTask: sessionsAlone ?? sampled.sessionsPerTask,
})

/** The paper's ICRL, what it is compared with, its ablations and its controls. */
export const PAPER_ARMS: Readonly<Record<string, Arm>> = {
  icrl: icrlArm(),
  'icrl-released': icrlArm({ preset: 'released' }),
  'icrl-retry': icrlArm({ critic: 'none' }),
  'critique-grpo': ({ sampled, critic, guidance, responseTokens }) =>
    critiqueGrpo({ ...sampled, ...critic, guidance, responseTokens }),
  grpo: (parts) => grpo({ ...alone(parts), ...parts.clip }),
  gspo: (parts) => gspo(alone(parts)),
  'dr-grpo': (parts) =>
    drGrpo({ ...alone(parts), ...parts.clip, responseTokens: parts.responseTokens }),
  dapo: (parts) => dapo({ ...alone(parts), ...parts.clip }),
  'icrl-unweighted': icrlArm({ weights: 'none' }),
  'icrl-pooled': icrlArm({ advantages: 'pooled' }),
  'icrl-frozen': icrlArm({ critic: 'frozen' }),
  'icrl-cap-1': icrlArm({ maxWeight: 1 }),
  'icrl-uncapped': icrlArm({ maxWeight: Infinity }),
  'icrl-shuffled': icrlArm({ critic: 'shuffled' }),
  'icrl-constant': (parts) =>
    icrlArm()({
      ...parts,
      critic: {
        ...parts.critic,
        parseCritique: () => ({ critique: parts.constantCritique, valid: true }),
      },
    }),
  'icrl-rounds': (parts) =>
    withRounds(icrlArm()(parts), {
      attempt: parts.sampled.attempt,
      ...parts.critic,
      set: parts.roundsOf,
    }),
}
