import {
  agentgymEnvironment,
  alfworldDialect,
  babyaiDialect,
  mazeDialect,
  sciworldDialect,
  searchqaDialect,
  textcraftDialect,
  webshopDialect,
  wordleDialect,
  type Dialect,
} from '@icrl/environments/client'
import { readAgentgymTasks } from '@icrl/environments/node'
import { partCalled } from '../config/named-methods.ts'
import type { NamedEnvironment } from './named-environments.ts'

/** The protocols of AgentGym's servers, by their names and by those of the environments here. */
const dialects: Readonly<Record<string, Dialect>> = {
  alfworld: alfworldDialect,
  household: alfworldDialect,
  webshop: webshopDialect,
  shop: webshopDialect,
  sciworld: sciworldDialect,
  babyai: babyaiDialect,
  searchqa: searchqaDialect,
  textcraft: textcraftDialect,
  maze: mazeDialect,
  wordle: wordleDialect,
}

/** Identical actions in a row that end an attempt; set where walking repeats the same step. */
const walks: readonly string[] = ['maze', 'babyai']

/** Names of environments that may run on a server. */
export const remoteNames: readonly string[] = Object.keys(dialects)

/**
 * An environment on AgentGym servers.
 *
 * @param servers addresses, between commas
 * @param items a list of AgentGym's item numbers, JSONL: the tasks of both splits. Default: all
 * items the server has.
 * @throws `invalid-option` for an unknown name or a malformed address
 */
export async function remoteEnvironment(
  command: string,
  name: string,
  servers: string,
  items?: string,
): Promise<NamedEnvironment> {
  const listed = items === undefined ? undefined : await readAgentgymTasks(items)
  const environment = agentgymEnvironment(partCalled(command, dialects, name), {
    servers: servers.split(',').map((url) => url.trim()),
    tasks: listed && { train: listed, test: listed },
  })
  return { environment, ...(walks.includes(environment.name) && { maxRepeatedActions: Infinity }) }
}
