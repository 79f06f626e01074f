import type { Environment, EpisodeStart, Message, Task } from '@icrl/core'

/** What the opening messages of an episode are made from. */
export interface EnvironmentPromptInput<T extends Task = Task> {
  readonly task: T
  readonly environment: Environment
  readonly start: EpisodeStart
  /** Advice to show; default: none, and no section for it. */
  readonly critique?: string
}

/** The opening messages of an attempt in an environment. */
export type EnvironmentPrompt<T extends Task = Task> = (
  input: EnvironmentPromptInput<T>,
) => readonly Message[]

/**
 * The opening messages that `multiTurn` uses by default: the environment's instructions as system
 * message; the task, any advice in a section of its own, and the first observation as the user's.
 *
 * @example
 * import { environmentPrompt, multiTurn } from '@icrl/rollout'
 * import type { Environment } from '@icrl/core'
 * declare const house: Environment
 * const attempt = multiTurn({
 *   environment: house,
 *   prompt: (input) => [...environmentPrompt(input), { role: 'user', content: 'Think first.' }],
 * })
 */
export function environmentPrompt({
  environment,
  start,
  critique,
}: EnvironmentPromptInput): readonly Message[] {
  const sections = [
    `## Task\n${start.task}`,
    ...(critique === undefined ? [] : [`## Advice from a review of an earlier try\n${critique}`]),
    `## What you see\n${start.observation}`,
  ]
  return [
    { role: 'system', content: environment.instructions },
    { role: 'user', content: sections.join('\n\n') },
  ]
}

/** The critique, or undefined if it is blank: prompts then have no section for it. */
export function adviceIn(critique: string | undefined): string | undefined {
  return critique === undefined || critique.trim() === '' ? undefined : critique
}
