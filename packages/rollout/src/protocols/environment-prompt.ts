import type { Environment, EpisodeStart, Message, Task } from '@icrl/core'

/** What the opening messages of an episode are made from. */
export interface EnvironmentPromptInput<T extends Task = Task> {
  /** The task of the attempt. */
  readonly task: T
  /** What is played. */
  readonly environment: Environment
  /** What the environment says first. */
  readonly start: EpisodeStart
  /** Guidance to show. @defaultValue none, and no section for it */
  readonly guidance?: string
}

/** The opening messages of an attempt in an environment. */
export type EnvironmentPrompt<T extends Task = Task> = (
  input: EnvironmentPromptInput<T>,
) => readonly Message[]

/**
 * The opening messages that `multiTurn` uses by default: the environment's instructions as system
 * message; the task, any guidance in a section of its own, and the first observation as the user's.
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
  guidance,
}: EnvironmentPromptInput): readonly Message[] {
  const sections = [
    `## Task\n${start.task}`,
    ...(guidance === undefined ? [] : [`## Advice from a review of an earlier try\n${guidance}`]),
    `## What you see\n${start.observation}`,
  ]
  return [
    { role: 'system', content: environment.instructions },
    { role: 'user', content: sections.join('\n\n') },
  ]
}

/** The guidance, or undefined if it is blank: prompts then have no section for it. */
export function guidanceIn(guidance: string | undefined): string | undefined {
  return guidance === undefined || guidance.trim() === '' ? undefined : guidance
}
