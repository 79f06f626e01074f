import type { Json, Task } from '@icrl/core'
import type { TrainOptions } from '../train-options.ts'
import { differences } from './json-text.ts'
import { readConfig } from './open-run-folder.ts'
import { changed, checkFormat, runConfig } from './run-config.ts'

type Path = readonly string[]

/** What an evaluation of a stored run depends on, by path in `config.json`. */
const EVALUATED: readonly Path[] = [
  ['evaluation', 'tasks'],
  ['evaluation', 'sets'],
  ['config', 'source', 'sha256'],
  ['config', 'model'],
  ['config', 'renderer'],
]

/** What a stored step depends on. */
const REPLAYED: readonly Path[] = [
  ['method'],
  ['seed'],
  ['optimizer'],
  ['skipNonFinite'],
  ['asynchronous'],
  ['correction'],
  ['references'],
  ['roles'],
  ['config'],
]

/**
 * Refuses to evaluate a stored run on other held-out tasks, or with another model, renderer or
 * configuration file, than it began with. What the run or the options do not tell is not compared.
 *
 * @throws `run-conflict` listing every difference
 * @example
 * import type { TrainOptions } from '@icrl/trainer'
 * import { checkEvaluated } from '@icrl/trainer/node'
 * declare const options: TrainOptions
 * await checkEvaluated(options, 'runs/first')
 */
export async function checkEvaluated<T extends Task>(
  options: TrainOptions<T>,
  directory: string,
): Promise<void> {
  const stored = await readConfig(directory)
  if (stored !== undefined)
    await check(
      options,
      directory,
      { stored, paths: EVALUATED },
      'Restore what changed, or say which configuration to evaluate under as it is now (--config FILE).',
    )
}

/**
 * Refuses to replay a step of another format, or under other settings than it was made with.
 *
 * @throws `run-conflict` listing every difference
 */
export async function checkReplayed<T extends Task>(
  options: TrainOptions<T>,
  directory: string,
): Promise<void> {
  const stored = await readConfig(directory)
  if (stored === undefined) return
  checkFormat(stored, directory)
  await check(
    options,
    directory,
    { stored, paths: REPLAYED },
    'Replay with the stored configuration, and say what is to be another as `change`.',
  )
}

interface Stored {
  readonly stored: Json
  readonly paths: readonly Path[]
}

async function check<T extends Task>(
  options: TrainOptions<T>,
  directory: string,
  { stored, paths }: Stored,
  remedy: string,
): Promise<void> {
  const given = await runConfig(options)
  const changes = paths.flatMap((path) => {
    const [was, is] = [valueAt(stored, path), valueAt(given, path)]
    return isTold(was) && isTold(is) ? differences(was, is, path.join('.')) : []
  })
  if (changes.length > 0) throw changed(directory, changes, remedy)
}

function isTold(value: Json | undefined): value is Json {
  return value !== undefined && value !== null
}

function valueAt(config: Json, path: Path): Json | undefined {
  return path.reduce<Json | undefined>(
    (value, key) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? (value as { readonly [key: string]: Json })[key]
        : undefined,
    config,
  )
}
