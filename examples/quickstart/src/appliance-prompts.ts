import type { Attempt, Message } from '@icrl/core'
import { APPLIANCES, PLACES } from './appliance-vocabulary.ts'
import { applianceQuestion, type ApplianceTask, type ApplianceWorld } from './appliance-world.ts'

/** The solver's opening; a critique is a place and appliances, shown as tips. */
export function appliancePrompt({
  task,
  guidance,
}: {
  readonly task: Pick<ApplianceTask, 'dish' | 'target'>
  readonly guidance?: string
}): Message[] {
  const question = applianceQuestion(task)
  return [
    { role: 'user', content: guidance === undefined ? question : `${question} tips ${guidance}` },
  ]
}

/**
 * The critic's conversation: the question, what was done, and where the ingredients were. The place
 * is true for this game alone: advice that helps the next try and must not be learned.
 */
export function applianceCriticPrompt(
  task: ApplianceTask,
  attempt: Pick<Attempt, 'turns'>,
): Message[] {
  const actions = attempt.turns.flatMap(({ action }) => (action === undefined ? [] : [action]))
  return [
    {
      role: 'user',
      content: [
        'review',
        applianceQuestion(task),
        'found',
        PLACES[task.place],
        'tried',
        ...actions,
      ].join(' '),
    },
  ]
}

/**
 * Keeps a critique's first place and its appliances, in order, as many as a recipe takes; without
 * either it is no critique.
 */
export function parseApplianceTips({
  uses,
}: Pick<ApplianceWorld, 'uses'>): (text: string) => { critique: string; valid: boolean } {
  return (text) => {
    const words = text.split(/\s+/)
    const kept = [
      ...words.filter((word) => PLACES.includes(word)).slice(0, 1),
      ...words.filter((word) => APPLIANCES.includes(word)).slice(0, uses),
    ]
    return { critique: kept.join(' '), valid: kept.length > 0 }
  }
}
