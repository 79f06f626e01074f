import type { EpisodeStart, EpisodeStep } from '@icrl/core'

/** Calls of one session; `id` or `env_idx` is filled in. */
export interface SessionCalls {
  /** `POST` with a JSON body. */
  post(path: string, body?: Readonly<Record<string, unknown>>): Promise<unknown>
  /** `GET`, with the session in the query. */
  get(path: string): Promise<unknown>
  /** What a dialect remembers between steps; cleared by a reset. */
  readonly memory: Map<string, string>
}

/** How to speak to one of AgentGym's servers, and what its answers become. */
export interface Dialect {
  /** Of the environment. */
  readonly name: string
  /** How to act, for the solver. */
  readonly instructions: string
  /** Turns after which an attempt ends. */
  readonly maxTurns: number
  /**
   * `id` (alfworld, sciworld, textcraft, babyai, maze, wordle) or `env_idx` (webshop, searchqa).
   */
  readonly idKey: 'id' | 'env_idx'
  /** Path of the environment if several share a server: `/maze`. */
  readonly prefix?: string
  /** Body of `/create`. @defaultValue none */
  readonly createBody?: Readonly<Record<string, unknown>>
  /** Item numbers of the splits. */
  tasks(): { readonly train: readonly string[]; readonly test: readonly string[] }
  /** Starts an item and returns its first observation. */
  reset(calls: SessionCalls, item: number): Promise<EpisodeStart>
  /** Whether a step's reward is the total so far. @defaultValue its own */
  readonly rewardIsTotal?: boolean
  /** `reward` in [0, 1]. */
  step(calls: SessionCalls, action: string): Promise<EpisodeStep>
  /**
   * The server's last observation, in the words of its answers to steps. It tells whether a step
   * was taken.
   */
  observation?(calls: SessionCalls): Promise<string>
  /** Whether steps change nothing on the server, so that they may be sent twice. */
  readonly stateless?: boolean
  /** The action in a response. @defaultValue the last `<action>…</action>` */
  readonly parseAction?: (response: string) => string | undefined
  /** What is said where there was no action. */
  readonly invalidAction?: string
}

/**
 * Whole numbers from `first` to `end` − 1, as task ids.
 *
 * @example
 * itemRange(3, 6) // ['3', '4', '5']
 */
export function itemRange(first: number, end: number): string[] {
  return Array.from({ length: end - first }, (_, i) => String(first + i))
}

/**
 * Every `n`th item is held out.
 *
 * @example
 * splitEvery(5, 10) // { train: ['0', '1', '2', '3', '5', …], test: ['4', '9'] }
 */
export function splitEvery(n: number, end: number): { train: string[]; test: string[] } {
  const all = itemRange(0, end)
  return {
    train: all.filter((_, i) => i % n !== n - 1),
    test: all.filter((_, i) => i % n === n - 1),
  }
}

/**
 * Reduces an action to letters, digits, commas and single blanks, as AgentGym's clients of
 * TextCraft and BabyAI do.
 */
export function cleanAction(action: string): string {
  return action
    .replace(/[^A-Za-z0-9, \t\n\r\f\v]+/g, '')
    .split(/\s+/)
    .filter((word) => word !== '')
    .join(' ')
}
