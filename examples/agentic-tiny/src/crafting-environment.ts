import type { Environment } from '@icrl/core'
import { textcraft } from '@icrl/environments'
import { TREE } from './crafting-world.ts'

/** Three parts of two commands, the kit, and three to spare. */
const MAX_TURNS = 10

/**
 * TextCraft, with its rules and texts, on our tree. The solver's text for a turn is the bare
 * command.
 */
export function craftingEnvironment(): Environment {
  const named = textcraft({ tree: TREE, maxTurns: MAX_TURNS })
  return {
    ...named,
    parseAction: (text) => text.trim() || undefined,
    invalidAction: 'Could not execute',
  }
}
