import type { Environment } from '@icrl/core'
import { household, maze, searchqa, textcraft, wordle } from '@icrl/environments'
import { householdGames, readHouseholdGames } from '@icrl/environments/node'
import { alfworldApp, lmrlgymApp, searchqaApp, textcraftApp, type AgentgymApp } from '@icrl/environments/server'

/** Where an environment's data lies; generated where absent. */
export interface EnvironmentData {
  /** Household: ALFWorld games, a folder or `games.jsonl[.gz]`. */
  readonly games?: string
}

const gamesIn = async ({ games }: EnvironmentData): Promise<ReturnType<typeof householdGames> | undefined> => (games === undefined ? undefined : householdGames({ train: await readHouseholdGames(games), test: [] }))

/** Environments the command line knows, with generated data where none is given. */
export const namedEnvironments: Readonly<Record<string, (data: EnvironmentData) => Promise<Environment>>> = {
  household: async (data) => household({ games: await gamesIn(data), listActions: true }),
  textcraft: async () => textcraft(),
  wordle: async () => wordle(),
  maze: async () => maze(),
  searchqa: async () => searchqa(),
}

/** The same behind AgentGym's wire; Wordle and the maze share a server, as in LMRL-Gym. */
export const namedApps: Readonly<Record<string, (data: EnvironmentData) => Promise<AgentgymApp>>> = {
  household: async (data) => alfworldApp({ games: await gamesIn(data) }),
  textcraft: async () => textcraftApp(),
  wordle: async () => lmrlgymApp(),
  maze: async () => lmrlgymApp(),
  searchqa: async () => searchqaApp(),
}
