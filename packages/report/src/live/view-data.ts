import type { SessionData } from '../page-data/report-data.ts'
import type { Metrics } from '../run.ts'

/** What the page of `icrl view` asks for, again and again: what is new in each run. */
export interface ViewState {
  readonly runs: readonly RunNews[]
}

/** A run, and its steps from `from` on. */
export interface RunNews {
  readonly label: string
  readonly seed: number
  readonly folder: string
  readonly isFinished: boolean
  readonly maxWeight?: number
  readonly clip?: { readonly low: number; readonly high: number }
  /** Changes when the run began anew: what was known of its steps is void. */
  readonly epoch: number
  readonly from: number
  readonly metrics: readonly Metrics[]
  /** Steps whose samples are stored. */
  readonly sampleSteps: readonly number[]
}

/** A session of a step, as a list shows it. */
export interface SessionEntry {
  readonly task: string
  readonly session: number
  /** Rewards of its attempts, in order. */
  readonly rewards: readonly number[]
}

/** Where two runs first differ. */
export interface Divergence {
  /** The first step whose metrics differ. */
  readonly step: number
  /** What differs: a metric's key, `samples`, or an array of a sample, such as `response`. */
  readonly what: string
  /** The sample, where samples of the step are stored and differ. */
  readonly sample?: {
    readonly id: string
    readonly task: string
    readonly session: number
    readonly role: string
    readonly round: number
    /** From 0: place in the response, or in the prompt if that differs; absent if something else does. */
    readonly token?: number
  }
  /** The first run's value there, in words. */
  readonly first: string
  /** The second run's. */
  readonly second: string
}

/** What two runs have in common. */
export interface RunComparison {
  /** Steps that both have done, and that were compared. */
  readonly steps: number
  /** Absent if these are the same, byte for byte. */
  readonly divergence?: Divergence
}

/** Answers of the server, by path. */
export interface ViewAnswers {
  '/state': ViewState
  '/sessions': readonly SessionEntry[]
  '/session': SessionData
  '/divergence': RunComparison
}
