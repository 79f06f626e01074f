import { IcrlError } from '@icrl/core'
import type { HouseholdWorld } from './household-world.ts'

/**
 * A game as ALFWorld stores it in `game.tw-pddl`; `game`, `goal` and `world` are extras of this
 * project's writer.
 */
export interface HouseholdGame {
  /** The rules, in PDDL. */
  readonly pddl_domain: string
  /** TextWorld's grammar with the task sentence in it. */
  readonly grammar: string
  /** The world and its goal, in PDDL. */
  readonly pddl_problem: string
  /** Whether it can be won, where that is known. */
  readonly solvable?: boolean
  /** Actions that win it, where they are known. */
  readonly walkthrough?: readonly string[] | null
  /** Name of the game. */
  readonly game?: string
  /** The task sentence: "Your task is to: {goal}." */
  readonly goal?: string
  /** The world that it was made from, where it was. */
  readonly world?: HouseholdWorld
}

const maxText = 16 * 1024 * 1024

/**
 * Checks that a value read from JSON is a game. Domain and grammar are optional if `defaults`
 * supplies them, as for sets of games that store only the problem.
 *
 * @param source where it comes from, for errors
 * @throws IcrlError `corrupt-file` naming the field
 * @example
 * import { readJson } from '@icrl/environments/node'
 *
 * const game = toHouseholdGame(readJson('game.tw-pddl'), 'game.tw-pddl')
 */
export function toHouseholdGame(
  value: unknown,
  source: string,
  defaults?: (goal: string) => Pick<HouseholdGame, 'pddl_domain' | 'grammar'>,
): HouseholdGame {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >
  const given = {
    ...(typeof fields.goal === 'string' ? defaults?.(fields.goal) : undefined),
    ...Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== undefined && v !== null)),
  } as Record<string, unknown>
  for (const key of ['pddl_domain', 'grammar', 'pddl_problem']) {
    const text = given[key]
    if (typeof text !== 'string')
      throw new IcrlError(`${source}: no text "${key}".`, {
        code: 'corrupt-file',
        remedy: 'Give a game.tw-pddl file of ALFWorld.',
      })
    if (text.length > maxText)
      throw new IcrlError(
        `${source}: "${key}" has ${text.length} characters, more than ${maxText}.`,
        { code: 'corrupt-file', remedy: 'Give a smaller game.' },
      )
  }
  return given as unknown as HouseholdGame
}
