import type { Environment } from '@icrl/core'
import {
  agentgymEnvironment, alfworldDialect, babyaiDialect, mazeDialect, sciworldDialect, searchqaDialect, textcraftDialect, webshopDialect, wordleDialect, type Dialect,
} from '@icrl/environments/client'
import { partCalled } from '../config/named-methods.ts'

/** How AgentGym's servers are spoken to, by their names and by those of the environments here. */
const dialects: Readonly<Record<string, Dialect>> = {
  alfworld: alfworldDialect, household: alfworldDialect, webshop: webshopDialect, shop: webshopDialect, sciworld: sciworldDialect, babyai: babyaiDialect,
  searchqa: searchqaDialect, textcraft: textcraftDialect, maze: mazeDialect, wordle: wordleDialect,
}

/** Names of environments that may run on a server. */
export const remoteNames: readonly string[] = Object.keys(dialects)

/**
 * An environment on AgentGym servers.
 *
 * @param servers addresses, between commas
 * @throws `invalid-option` for an unknown name or a malformed address
 */
export function remoteEnvironment(command: string, name: string, servers: string): Environment {
  return agentgymEnvironment(partCalled(command, dialects, name), { servers: servers.split(',').map((url) => url.trim()) })
}
