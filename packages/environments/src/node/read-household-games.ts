import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { IcrlError } from '@icrl/core'
import { alfredDomain } from '../household/alfred-domain.ts'
import { alfredGrammar } from '../household/alfred-grammar.ts'
import { toHouseholdGame, type HouseholdGame } from '../household/household-game.ts'
import type { HouseholdGames } from '../household/household-games.ts'
import { readJson } from './read-json.ts'
import { readJsonLines } from './read-json-lines.ts'

const fileName = 'game.tw-pddl'
const ownTexts = (goal: string): Pick<HouseholdGame, 'pddl_domain' | 'grammar'> => ({
  pddl_domain: alfredDomain,
  grammar: alfredGrammar(goal),
})

/** A game and its name: ALFWorld's folder "task-object-…/trial_…", or the name in the file. */
export interface NamedGame {
  /** By which it is played. */
  readonly name: string
  /** Returns the game; a game in a folder is read from its file at each call. */
  load(): HouseholdGame
}

/**
 * One `game.tw-pddl`.
 *
 * @throws IcrlError `missing-file`, or `corrupt-file` naming the file and the field
 * @example
 * const game = readHouseholdGameFile(
 *   'json_2.1.1/valid_seen/look_at_obj_in_light-Bowl-None-DeskLamp-301/trial_T20190907_164226_664105/game.tw-pddl',
 * )
 */
export function readHouseholdGameFile(path: string): HouseholdGame {
  return toHouseholdGame(readJson(path), path, ownTexts)
}

/** Paths of the game files below a folder, sorted. */
function gameFiles(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name === fileName)
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
}

/**
 * Games in a folder of `game.tw-pddl` files (ALFWorld's data, read one by one when played), in one
 * such file, or in a `games.jsonl[.gz]` with one game per line. They are in the order of their
 * paths, or of the lines.
 *
 * @throws IcrlError `missing-file` for a missing path or a folder without games, `corrupt-file`
 * with the line or field
 * @example
 * const games = await readHouseholdGames(`${process.env.ALFWORLD_DATA}/json_2.1.1/valid_seen`)
 */
export async function readHouseholdGames(path: string): Promise<NamedGame[]> {
  if (!existsSync(path))
    throw new IcrlError(`${path}: no such file or folder.`, {
      code: 'missing-file',
      remedy: 'Give a folder of ALFWorld games, a game.tw-pddl or a games.jsonl.',
    })
  if (statSync(path).isDirectory()) {
    const files = gameFiles(path)
    if (files.length === 0)
      throw new IcrlError(`${path}: no ${fileName} below it.`, {
        code: 'missing-file',
        remedy: 'Give a folder of ALFWorld games.',
      })
    return files.map((file) => ({
      name: relative(path, dirname(file)).split(sep).join('/') || '.',
      load: () => readHouseholdGameFile(file),
    }))
  }
  if (!/\.jsonl(\.gz)?$/.test(path)) {
    const game = readHouseholdGameFile(path)
    return [{ name: game.game ?? path, load: () => game }]
  }
  const games: NamedGame[] = []
  for await (const { value, where } of readJsonLines(path)) {
    const game = toHouseholdGame(value, where, ownTexts)
    games.push({ name: game.game ?? `game-${games.length}`, load: () => game })
  }
  return games
}

/**
 * Named games as the source of `household`; ids are the names.
 *
 * @throws IcrlError `invalid-option` if two games have one name
 *
 * @example
 * import { household } from '@icrl/environments'
 *
 * household({
 *   games: householdGames({
 *     train: await readHouseholdGames('train'),
 *     test: await readHouseholdGames('valid_seen'),
 *   }),
 * })
 */
export function householdGames(splits: {
  readonly train: readonly NamedGame[]
  readonly test: readonly NamedGame[]
}): HouseholdGames {
  const all = new Map([...splits.train, ...splits.test].map((game) => [game.name, game]))
  if (all.size < splits.train.length + splits.test.length) {
    throw new IcrlError('household: two games have one name.', {
      code: 'invalid-option',
      remedy: 'Give training and test games of their own.',
    })
  }
  return {
    train: splits.train.map(({ name }) => name),
    test: splits.test.map(({ name }) => name),
    game: (id) => all.get(id)?.load(),
  }
}
