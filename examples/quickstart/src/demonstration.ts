import type { Message } from '@icrl/core'

/**
 * One demonstration: a conversation and its answer in words; in an environment, what was observed
 * and answered after that.
 */
export interface Demonstration {
  readonly messages: readonly Message[]
  readonly answer: string
  readonly further?: readonly { readonly observation: string; readonly answer: string }[]
}
