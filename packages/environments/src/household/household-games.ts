import { IcrlError } from '@icrl/core'
import { generateWorld, type GenerateWorldOptions } from './generate-world.ts'
import type { HouseholdGame } from './household-game.ts'
import { householdTasks, type HouseholdTask } from './household-world.ts'
import { writeGame } from './write-game.ts'

/** Games by id, for the environment. */
export interface HouseholdGames {
  /** Ids of the games that are trained on. */
  readonly train: readonly string[]
  /** Ids of the held-out ones. */
  readonly test: readonly string[]
  /** The game of an id listed above; undefined for any other. */
  game(id: string): HouseholdGame | undefined
}

/** Options of {@link generatedGames}. */
export interface GenerateGamesOptions {
  /** Another seed makes other games. @defaultValue 0 */
  readonly seed?: number
  /** Games to train on, at most 500,000. @defaultValue 2,420 */
  readonly train?: number
  /** Held-out games, at most 500,000. @defaultValue 200 */
  readonly test?: number
  /** Task types, taken in turn. @defaultValue all six */
  readonly tasks?: readonly HouseholdTask[]
  /** How large the worlds are. @defaultValue `medium` */
  readonly size?: GenerateWorldOptions['size']
}

const limit = 500_000

/**
 * Games drawn from seeds when they are needed; ids `train-0`, `train-1` …, `test-0` ….
 *
 * @throws IcrlError `invalid-option` for negative or too large numbers and an empty list of tasks
 * @example
 * generatedGames({ train: 100, test: 20, tasks: ['pick_and_place_simple'], size: 'small' }).train
 *   .length // 100
 */
export function generatedGames(options: GenerateGamesOptions = {}): HouseholdGames {
  const { seed = 0, train = 2420, test = 200, tasks = householdTasks, size = 'medium' } = options
  if (
    ![seed, train, test].every((n) => Number.isSafeInteger(n) && n >= 0) ||
    train > limit ||
    test > limit ||
    tasks.length === 0
  ) {
    throw new IcrlError(
      `household: ${train} training and ${test} test games of ${tasks.length} tasks with seed ${seed}.`,
      {
        code: 'invalid-option',
        remedy: `Use whole numbers from 0 to ${limit} and at least one task.`,
      },
    )
  }
  return {
    train: Array.from({ length: train }, (_, i) => `train-${i}`),
    test: Array.from({ length: test }, (_, i) => `test-${i}`),
    game: (id) => {
      const [, split, digits] = /^(train|test)-(0|[1-9]\d{0,6})$/.exec(id) ?? []
      const index = Number(digits)
      if (split === undefined || index >= (split === 'train' ? train : test)) return undefined
      return writeGame(
        generateWorld({
          seed: seed * 2 * limit + index + (split === 'test' ? limit : 0),
          task: tasks[index % tasks.length],
          size,
          name: id,
        }),
      )
    },
  }
}

/**
 * Games given in full. An id is the game's own name (`game`), or `train-0` …, `test-0` … without
 * one.
 *
 * @throws IcrlError `invalid-option` if two games have one name
 *
 * @example
 * declare const games: HouseholdGame[]
 * household({ games: listedGames({ train: games, test: [] }) })
 */
export function listedGames(games: {
  readonly train: readonly HouseholdGame[]
  readonly test: readonly HouseholdGame[]
}): HouseholdGames {
  const byId = new Map<string, HouseholdGame>()
  const list = (split: 'train' | 'test'): string[] =>
    games[split].map((game, i) => {
      const id = game.game ?? `${split}-${i}`
      if (byId.has(id))
        throw new IcrlError(`household: two games named "${id}".`, {
          code: 'invalid-option',
          remedy: 'Give each its own name.',
        })
      byId.set(id, game)
      return id
    })
  return { train: list('train'), test: list('test'), game: (id) => byId.get(id) }
}
