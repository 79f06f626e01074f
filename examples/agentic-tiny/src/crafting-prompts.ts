import type { Attempt, Message, Task } from '@icrl/core'
import { criticPrompt, summarizeTrajectory } from '@icrl/critic'
import type { EnvironmentPromptInput } from '@icrl/rollout'
import { MATERIALS, PARTS } from './crafting-world.ts'

/**
 * The solver's opening: TextCraft's goal and any advice. Closed book: the crafting commands
 * TextCraft shows are left out.
 */
export function craftingPrompt({
  start,
  guidance,
}: Pick<EnvironmentPromptInput, 'guidance'> & {
  readonly start: { readonly task: string }
}): Message[] {
  return [
    {
      role: 'user',
      content: guidance === undefined ? start.task : `${start.task} Tips: ${guidance}`,
    },
  ]
}

/** The critic's conversation: the goal and a bounded summary of what was done and answered. */
export const craftingCriticPrompt: (task: Task, attempt: Attempt) => Message[] = criticPrompt<Task>(
  {
    instructions: 'Review',
    describe: (task, { start }) => start?.task ?? task.id,
    summarize: (attempt) => summarizeTrajectory(attempt, { maxCharacters: 600 }),
    outcome: () => undefined,
  },
)

const TIP = new RegExp(`\\b(${PARTS.join('|')}) using ([1-9]) (${MATERIALS.join('|')})\\b`, 'g')

/** Keeps up to three tips of the form "rope using 2 hemp"; without any it is no critique. */
export function parseCraftingTips(text: string): { critique: string; valid: boolean } {
  const tips = Array.from(text.matchAll(TIP), ([tip]) => tip).slice(0, 3)
  return { critique: tips.join(', '), valid: tips.length > 0 }
}
