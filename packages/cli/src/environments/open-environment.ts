import { resolve } from 'node:path'
import { IcrlError, type Environment } from '@icrl/core'
import { importConfig } from '../config/load-run-config.ts'
import { partCalled } from '../config/named-methods.ts'
import type { EnvironmentData } from './environment-data.ts'
import { namedEnvironments, type NamedEnvironment } from './named-environments.ts'
import { remoteEnvironment } from './remote-environments.ts'

/** Options of {@link openEnvironment}. */
export interface OpenEnvironmentOptions extends EnvironmentData {
  /** Addresses of AgentGym servers that hold the environment, between commas, or of one of OpenEnv. */
  readonly server?: string
  /** With `server`: AgentGym's list of the tasks to play, JSONL. */
  readonly items?: string
}

/** The split to play, and its tasks. */
export interface ChosenTasks {
  readonly split: 'train' | 'test'
  readonly ids: readonly string[]
}

/**
 * An environment by name, on a server, or as the default export of a TypeScript or JavaScript file.
 *
 * @throws `invalid-option` for an unknown name; the errors of its data
 */
export async function openEnvironment(
  command: string,
  name: string,
  { server, items, ...data }: OpenEnvironmentOptions,
): Promise<NamedEnvironment> {
  if (/\.[mc]?[jt]s$/.test(name)) return { environment: await importEnvironment(name) }
  if (server !== undefined) return remoteEnvironment(command, name, server, items)
  if (items !== undefined)
    throw new IcrlError(`${command}: a list of items without a server.`, {
      code: 'invalid-option',
      remedy: 'Give --server URL, or leave --items out.',
    })
  return partCalled(command, namedEnvironments, name)(data)
}

/**
 * The tasks of the wanted split; without one, of the preferred split, or of the other if that has
 * none.
 *
 * @throws `empty-tasks` if there are none
 */
export async function chooseTasks(
  environment: Environment,
  wanted: 'train' | 'test' | undefined,
  preferred: 'train' | 'test',
): Promise<ChosenTasks> {
  const splits = wanted ? [wanted] : ([preferred, preferred === 'test' ? 'train' : 'test'] as const)
  for (const split of splits) {
    const ids = await environment.taskIds(split)
    if (ids.length > 0) return { split, ids }
  }
  throw new IcrlError(`${environment.name} has no tasks${wanted ? ` in "${wanted}"` : ''}.`, {
    code: 'empty-tasks',
    remedy: wanted ? 'Choose the other split.' : 'Give it data with tasks.',
  })
}

async function importEnvironment(path: string): Promise<Environment> {
  const exported = await importConfig(resolve(path))
  if (isEnvironment(exported)) return exported
  throw new IcrlError(`${path}: its default export is no environment.`, {
    code: 'invalid-option',
    remedy: 'Export an Environment: `export default localEnvironment({ … })`.',
  })
}

function isEnvironment(value: unknown): value is Environment {
  return (
    typeof value === 'object' &&
    value !== null &&
    'taskIds' in value &&
    'parseAction' in value &&
    'open' in value
  )
}
