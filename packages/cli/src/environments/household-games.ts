import { IcrlError } from '@icrl/core'
import type { HouseholdGames } from '@icrl/environments'
import {
  householdGames,
  readHouseholdGames,
  readMappedGames,
  type NamedGame,
} from '@icrl/environments/node'
import type { EnvironmentData } from './environment-data.ts'

/** The games the data names; undefined if it names none. */
export async function gamesIn({
  games,
  testGames,
  mapping,
  testMapping,
}: EnvironmentData): Promise<HouseholdGames | undefined> {
  if (games === undefined && testGames === undefined) {
    if (mapping !== undefined || testMapping !== undefined)
      throw new IcrlError('household: a mapping without games.', {
        code: 'invalid-option',
        remedy: 'Give the folder it belongs to: --games, --test-games.',
      })
    return undefined
  }
  return householdGames({
    train: await read(games, mapping),
    test: await read(testGames, testMapping),
  })
}

async function read(
  path: string | undefined,
  mapping: string | undefined,
): Promise<readonly NamedGame[]> {
  if (path === undefined) return []
  return mapping === undefined ? readHouseholdGames(path) : readMappedGames(path, mapping)
}
