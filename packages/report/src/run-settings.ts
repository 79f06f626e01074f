import { basename, resolve } from 'node:path'
import type { Json } from '@icrl/core'
import type { Run } from './run.ts'

/** What a run's `config.json` says of a set of held-out tasks. */
export interface HeldOutSet {
  /** Number of tasks. */
  readonly count: number
  /** Of the tasks' JSON. */
  readonly sha256: string
  /** Sessions of each task under each condition. */
  readonly repeats: number
}

type Fields = { readonly [key: string]: Json | undefined }

function fieldsOf(value: Json | undefined): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {}
}

/** The run's sets of held-out tasks by name; one without a name is ''. Empty if none are known. */
export function heldOutSets({ config }: Pick<Run, 'config'>): ReadonlyMap<string, HeldOutSet> {
  const { evaluation } = fieldsOf(config)
  const { sets, ...single } = fieldsOf(evaluation)
  const entries = sets ? Object.entries(fieldsOf(sets)) : [['', single] as const]
  return new Map(
    entries.flatMap(([name, set]) => {
      const { tasks, repeats = 1 } = fieldsOf(set as Json)
      const { count, sha256 } = fieldsOf(tasks)
      return typeof count === 'number' && typeof sha256 === 'string' && typeof repeats === 'number'
        ? [[name, { count, sha256, repeats }] as const]
        : []
    }),
  )
}

/**
 * What seeds of one method have in common, by name, as text: the model, the learning rate, the
 * method's options. Only what the run's `config.json` tells.
 */
export function settingsOf({
  config,
  directory,
}: Pick<Run, 'config' | 'directory'>): Map<string, string> {
  const { config: built, optimizer, method } = fieldsOf(config)
  const settings = new Map<string, string>()
  const { path, files } = fieldsOf(fieldsOf(built).model)
  if (typeof path === 'string')
    settings.set('model', `${resolve(directory, path)}${files ? ` ${JSON.stringify(files)}` : ''}`)
  for (const [name, rate] of learningRates(fieldsOf(optimizer)))
    settings.set(name, JSON.stringify(rate))
  for (const [name, value] of Object.entries(fieldsOf(fieldsOf(method).options)))
    settings.set(name, JSON.stringify(value))
  return settings
}

/** A setting as people read it: of a model the folder's name. */
export function settingInWords(name: string, value: string | undefined): string {
  if (value === undefined) return `without ${name}`
  return `${name} ${name === 'model' ? basename(value.split(' {')[0]) : value}`
}

function learningRates(optimizer: Fields): [string, Json][] {
  const { learningRate } = optimizer
  if (learningRate !== undefined) return [['learning rate', learningRate]]
  return Object.entries(optimizer).flatMap(([policy, own]): [string, Json][] => {
    const { learningRate: rate } = fieldsOf(own)
    return rate === undefined ? [] : [[`learning rate of ${policy}`, rate]]
  })
}
