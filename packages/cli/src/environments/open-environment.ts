import { resolve } from 'node:path'
import { IcrlError, type Environment } from '@icrl/core'
import { importModule } from '../config/load-run-config.ts'
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
 * An environment by name, on a server, or exported by a TypeScript or JavaScript file: its default
 * export, or the only environment among the others.
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
    throw new IcrlError(`${command}: --items is given without --server.`, {
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
  const exported = await importModule(resolve(path))
  if (isEnvironment(exported.default)) return exported.default
  const named = Object.entries(exported).filter(([, value]) => isEnvironment(value))
  if (named.length === 1) return named[0][1] as Environment
  throw new IcrlError(
    named.length === 0
      ? `${path} exports no environment.`
      : `${path} exports several environments: ${named.map(([name]) => name).join(', ')}.`,
    {
      code: 'invalid-option',
      remedy: 'Export the one that is meant as default: `export default localEnvironment({ … })`.',
    },
  )
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
