import type { Message } from '@icrl/core'

/** A conversation and its answer; in an environment, what was observed and answered after that. */
export interface Demonstration {
  readonly messages: readonly Message[]
  readonly answer: string
  readonly further?: readonly { readonly observation: string; readonly answer: string }[]
}
