import type { Attempt, AttemptProtocol, Message, Recipe, Task } from '@icrl/core'

/**
 * What a method's sessions are made of. An evaluation can put them together differently: with more
 * rounds, or without a gate.
 */
export interface SessionParts<T extends Task = Task> {
  /** How a task is attempted. */
  readonly attempt: AttemptProtocol<T>
  /** K of the method's own sessions; 1 without critiques. */
  readonly rounds: number
  /** The critic's conversation. */
  readonly criticPrompt: (task: T, attempt: Attempt) => readonly Message[]
  /** Finds the advice in what a critic wrote; empty if there is none. */
  readonly parseCritique: (text: string) => { readonly critique: string; readonly valid: boolean }
  /**
   * Most tokens of the critic's prompt and critique together.
   *
   * @defaultValue the sampler's own limit
   */
  readonly criticContextTokens?: number
}

/** A recipe that says what its sessions are made of, as `icrl eval` needs it. */
export interface RecipeWithSession<T extends Task = Task> extends Recipe<T> {
  /** The parts of which its sessions are made. */
  readonly session: SessionParts<T>
}

/**
 * What a recipe's sessions are made of; undefined if it does not say. All recipes of this package
 * but `sft` do.
 *
 * @example
 * import { sessionPartsOf } from '@icrl/recipes'
 * import type { Recipe } from '@icrl/core'
 * declare const recipe: Recipe
 * console.log(sessionPartsOf(recipe)?.rounds)
 */
export function sessionPartsOf<T extends Task>(recipe: Recipe<T>): SessionParts<T> | undefined {
  return (recipe as Partial<RecipeWithSession<T>>).session
}
