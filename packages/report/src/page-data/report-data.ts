import type { Advisory } from '../advisories/advisory.ts'
import type { Comparison } from '../statistics/comparison.ts'
import type { MutedToken } from '../statistics/muted-tokens.ts'

/**
 * Everything the page shows. It is stored in the page, so its figures can be reproduced from it.
 */
export interface ReportData {
  readonly title: string
  /** When the page was written, for people; missing if the page should not depend on the clock. */
  readonly date?: string
  readonly runs: readonly RunData[]
  /** Missing if no run was evaluated. */
  readonly comparison?: Comparison
  readonly sessions: readonly SessionData[]
  readonly shown: ShownSessions
}

/** How many of all sessions have their tokens in the page. */
export interface ShownSessions {
  readonly sessions: number
  readonly of: number
  /** Most tokens kept of one session; longer turns are cut, and marked. */
  readonly tokensEach: number
  /** The draw's seed. */
  readonly seed: number
}

/** Numbers by metric, one place per step; null if the step has none. */
export type Columns = Readonly<Record<string, readonly (number | null)[]>>

export interface RunData {
  readonly label: string
  readonly seed: number
  /** Last part of its path. */
  readonly folder: string
  readonly isFinished: boolean
  /** Steps done. */
  readonly steps: number
  readonly tokens: number
  readonly wallSeconds?: number
  readonly backend?: string
  readonly isa?: string
  readonly metrics: Columns
  readonly timing: Columns
  /** `metrics` and `timing` hold every nth step, and the last one; 1: all steps. */
  readonly everyNthStep: number
  /** Sums over all steps by ledger entry. */
  readonly ledger: Readonly<Record<string, number>>
  /** Sums over all steps by phase, seconds. */
  readonly phases: Readonly<Record<string, number>>
  readonly evaluations: readonly {
    readonly step: number
    readonly tokens: number
    readonly seconds?: number
    readonly metrics: Readonly<Record<string, number>>
  }[]
  /** From the samples; empty if none are stored. */
  readonly survey: SurveyColumns
  /** What w_t held back most in successful revisions, over the stored steps. */
  readonly muted: readonly (MutedToken & { readonly text?: string })[]
  readonly advisories: readonly Advisory[]
  readonly notes: readonly string[]
  /** `config.json`, indented. */
  readonly config?: string
  readonly maxWeight?: number
  readonly clip?: { readonly low: number; readonly high: number }
}

/** What a step's samples show that its metrics do not; one place per stored step, in order. */
export interface SurveyColumns {
  readonly step: readonly number[]
  /** Percentiles of w_t over the tokens of revisions. */
  readonly weight10: readonly (number | null)[]
  readonly weight50: readonly (number | null)[]
  readonly weight90: readonly (number | null)[]
  /** By role. */
  readonly groups: Readonly<Record<string, GroupColumns>>
}

export interface GroupColumns {
  /** Groups whose rewards are all equal, not all of them successes. */
  readonly failed: readonly number[]
  /** Groups with a spread of rewards. */
  readonly mixed: readonly number[]
  /** Groups of successes whose rewards are all equal. */
  readonly solved: readonly number[]
  /** Mean population standard deviation of the rewards within a group. */
  readonly spread: readonly (number | null)[]
}

export type Choice = 'first' | 'last' | 'best' | 'worst' | 'drawn'

export interface SessionData {
  /** Place in `runs`. */
  readonly run: number
  readonly step: number
  readonly task: string
  /** The task's reference answer, if it has one. */
  readonly answer?: string
  readonly session: number
  /** Why it is shown. */
  readonly chosen: readonly Choice[]
  readonly turns: readonly TurnData[]
}

/** A message of an agent's conversation, or a part of one. */
export interface SpokenData {
  /** Who speaks; `call`: the assistant calls a tool. */
  readonly by: 'system' | 'user' | 'assistant' | 'reasoning' | 'call' | 'tool'
  /** The tool that is called, or that answers. */
  readonly tool?: string
  /** What is said; of a call its arguments, as JSON. */
  readonly text: string
}

/** One sample: an attempt or a critique. T is the number of tokens kept. */
export interface TurnData {
  readonly role: string
  readonly round: number
  readonly reward: number
  readonly rewards: Readonly<Record<string, number>>
  readonly finish: string
  readonly isValid: boolean
  /** Whether it is trained under another prompt than it was sampled under. */
  readonly isRebound: boolean
  /** The prompt of the sampler, and that of the loss if it is another one. */
  readonly prompt?: string
  readonly trainedPrompt?: string
  readonly text?: string
  /** What an agent and its tools said, if it was one. */
  readonly dialogue?: readonly SpokenData[]
  /** Tokens of the response before cutting. */
  readonly length: number
  /** `[T]` */
  readonly ids: readonly number[]
  /** `[T]` texts of the tokens, if a vocabulary is known. */
  readonly tokens?: readonly string[]
  /** Places of observed tokens: no loss, no log-probability. */
  readonly observed?: readonly number[]
  /** `[T]` nats */
  readonly behavior: readonly number[]
  readonly old?: readonly number[]
  readonly trained?: readonly number[]
  /** A single number if it is the same for every token. */
  readonly advantages?: number | readonly number[]
  /** `[T]` before the cap. */
  readonly weights?: readonly number[]
}
