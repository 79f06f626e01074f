import type { Lab, Metrics, RunRole } from '@icrl/trainer'
import type { WorldModel } from './world-model.ts'

/** What an arm is given. */
export interface ArmSetting {
  readonly lab: Lab
  readonly learningRate: number
  /** Tokens that the experiment's first arm sampled with this seed; for the first itself, Infinity. */
  readonly tokens: number
}

/** One way to train, or to answer: a program, whose figures are of held-out tasks. */
export type Arm = (setting: ArmSetting) => Promise<Metrics>

/** One row of the table: a method, and what it is compared with. */
export interface MethodExperiment {
  /** Its name, which is also that of its results and its page. */
  readonly name: string
  /** What the toy asks, in a sentence or two: shown on the method's page. */
  readonly question: string
  /** What every arm begins with. */
  readonly model: WorldModel
  readonly roles: Readonly<Record<string, RunRole>>
  /** The method first. */
  readonly arms: Readonly<Record<string, Arm>>
  /** Figures that the table shows: the first decides which learning rate is best. */
  readonly figures: readonly Figure[]
  /** Rates that are tried for each arm; empty if nothing learns. Default: 3e-4, 1e-3, 3e-3. */
  readonly rates?: readonly number[]
  /** What was seen, in the words of the page: written after the results are there. */
  readonly finding?: string
}

/** A figure of the arms, and how it is read. */
export interface Figure {
  /** As the arms name it. */
  readonly name: string
  /** As the table names it. */
  readonly label: string
  /** True: the smaller the better; default: false. */
  readonly isCost?: boolean
}

export const RATES: readonly number[] = [3e-4, 1e-3, 3e-3]

/** No search and no comparison share a seed. */
export const SEEDS: readonly number[] = [0, 1, 2, 3, 4]
export const SEARCH_SEED = 100
