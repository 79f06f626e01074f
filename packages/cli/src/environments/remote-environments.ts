import {
  agentgymEnvironment,
  alfworldDialect,
  babyaiDialect,
  mazeDialect,
  openenvEnvironment,
  sciworldDialect,
  searchqaDialect,
  textcraftDialect,
  webshopDialect,
  wordleDialect,
  type Dialect,
} from '@icrl/environments/client'
import { readAgentgymTasks } from '@icrl/environments/node'
import { IcrlError } from '@icrl/core'
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

/** Whatever a server of OpenEnv holds. */
const OPENENV = 'openenv'

/** Names of environments that may run on a server. */
export const remoteNames: readonly string[] = [...Object.keys(dialects), OPENENV]

/**
 * An environment on AgentGym servers, or as `openenv` on one of OpenEnv.
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
  if (name === OPENENV) return openenvOn(command, servers, items)
  const listed = items === undefined ? undefined : await readAgentgymTasks(items)
  const environment = agentgymEnvironment(partCalled(command, dialects, name), {
    servers: servers.split(',').map((url) => url.trim()),
    tasks: listed && { train: listed, test: listed },
  })
  return { environment, ...(walks.includes(environment.name) && { maxRepeatedActions: Infinity }) }
}

async function openenvOn(
  command: string,
  server: string,
  items: string | undefined,
): Promise<NamedEnvironment> {
  if (items === undefined) return { environment: await openenvEnvironment(server) }
  throw new IcrlError(`${command}: --items is given for a server of OpenEnv.`, {
    code: 'invalid-option',
    remedy: 'Leave --items out: the server lists its tasks, or takes seeds.',
  })
}
