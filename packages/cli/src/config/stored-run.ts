import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { IcrlError, isIcrlError, runLayout, stepName, stepsIn, type Json } from '@icrl/core'
import { checkWeights } from '@icrl/trainer/node'
import { storedModel } from '../hub/model-folder.ts'
import type { RunOverrides } from './build-run.ts'
import type { RunConfig } from './define-run.ts'
import { loadRunConfig, type LoadedConfig } from './load-run-config.ts'
import { noFolder, noRun, requireRun } from './no-run.ts'
import { storedRendererOptions } from './renderer-record.ts'
import { sftFlags, sftRun } from './sft-run.ts'

/** A run's configuration and the settings of its command line. */
export interface StoredRun {
  readonly loaded: LoadedConfig
  readonly overrides: RunOverrides
  /** True for a configuration given in place of the run's own. */
  readonly isOther: boolean
}

/** The policy of a run's model. */
const SHARED = 'shared'

interface StoredSource {
  readonly file?: string
  readonly sha256?: string
  readonly command?: { readonly name: string; readonly flags: Json }
}

/**
 * The configuration a run was begun with, or the one given instead; if that has the same bytes, it
 * counts as the same one.
 *
 * @throws `missing-file` if the folder holds no run, `invalid-option` if it names no configuration,
 * `corrupt-file`
 */
export async function loadStoredRun(run: string, config?: string): Promise<StoredRun> {
  const { source, overrides } =
    config === undefined
      ? await storedSettings(run)
      : await storedSettings(run).catch((): Omit<StoredSettings, 'renderer'> => ({
          source: {},
          overrides: {},
        }))
  const file = config ?? (source.file === undefined ? undefined : storedModel(source.file, run))
  if (file === undefined && existsSync(join(run, 'tokenizer.json')))
    throw new IcrlError(`${run} is a model, not a run.`, {
      code: 'invalid-option',
      remedy: 'Give the folder that `icrl train --out` was given.',
    })
  if (file === undefined)
    throw new IcrlError(`${run} does not name its configuration.`, {
      code: 'invalid-option',
      remedy: 'Give --config FILE.',
    })
  const load =
    source.command?.name === 'sft'
      ? sftRun(file, sftFlags(source.command.flags, run))
      : loadRunConfig(file)
  const loaded = await load.catch((error: unknown) => {
    if (config !== undefined || !isIcrlError(error, 'missing-file')) throw error
    throw new IcrlError(`${run} was started with ${file}, which does not exist.`, {
      code: 'missing-file',
      remedy: 'One of the two was moved: give the path of the configuration, --config FILE.',
      cause: error,
    })
  })
  if (loaded.sha256 !== source.sha256 && config !== undefined)
    return { loaded, overrides: {}, isOther: true }
  return {
    loaded: { ...loaded, ...(loaded.sha256 === source.sha256 && { storedAs: source.file }) },
    overrides,
    isOther: false,
  }
}

/** What `config.json` says of where a run's configuration lies and what replaced parts of it. */
interface StoredSettings {
  readonly source: StoredSource
  readonly renderer: RunConfig['renderer']
  readonly overrides: RunOverrides
}

/** What `config.json` of a run holds, as far as commands read it. */
interface StoredRecord {
  readonly config?: {
    readonly source?: StoredSource
    readonly renderer?: unknown
    readonly model?: { readonly factory?: string }
  } | null
  readonly launch?: { readonly overrides?: RunOverrides } | null
}

async function storedSettings(run: string): Promise<StoredSettings> {
  if (!existsSync(runLayout(run).config)) throw await noRun(run)
  const { config, launch } = await storedRecord(run)
  const { model, ...overrides } = launch?.overrides ?? {}
  return {
    source: config?.source ?? {},
    renderer: storedRendererOptions(config?.renderer),
    overrides: { ...overrides, ...(model !== undefined && { model: storedModel(model, run) }) },
  }
}

/** Whether a run's configuration makes its engine itself; false where there is no run. */
export async function isMadeRun(run: string): Promise<boolean> {
  if (!existsSync(runLayout(run).config)) return false
  return (await storedRecord(run)).config?.model?.factory !== undefined
}

async function storedRecord(run: string): Promise<StoredRecord> {
  const path = runLayout(run).config
  const text = await readFile(path, 'utf8')
  try {
    return (JSON.parse(text) ?? {}) as StoredRecord
  } catch (cause) {
    throw new IcrlError(`${path} is not JSON.`, {
      code: 'corrupt-file',
      remedy: 'Restore it, or give the configuration itself.',
      cause,
    })
  }
}

/** How a run's renderer was made; empty for a folder that holds no run. */
export async function storedRenderer(run: string): Promise<NonNullable<RunConfig['renderer']>> {
  return existsSync(runLayout(run).config) ? ((await storedSettings(run)).renderer ?? {}) : {}
}

/** A run's weights and how many steps made them. */
export interface StoredWeights {
  /** Of the policy `shared`. */
  readonly folder: string
  /** Of every policy, by name. */
  readonly policies: Readonly<Record<string, string>>
  readonly step: number
}

/**
 * A run's weights: those of the checkpoint asked for; without one, those of the trained model, or
 * of the newest checkpoint if the run has not ended.
 *
 * @throws `missing-file` naming the checkpoints there are; `corrupt-file` for weights that are not
 * as they were written
 */
export async function storedWeights(run: string, checkpoint?: number): Promise<StoredWeights> {
  if (!(await isFolder(run)))
    throw noFolder(run, 'Give the folder of a run, or of a Hugging Face model.')
  const { checkpoints, model } = runLayout(run)
  const steps = stepsIn(await readdir(checkpoints).catch(() => []))
  if (checkpoint === undefined && (await isFolder(model))) {
    await checkWeights(run)
    return { ...(await foldersIn(model)), step: await stepsDone(run) }
  }
  const step = checkpoint ?? steps.at(-1)
  if (step !== undefined && steps.includes(step)) await checkWeights(run, step)
  if (step !== undefined && steps.includes(step))
    return { ...(await foldersIn(join(checkpoints, stepName(step), 'policies'))), step }
  await requireRun(run)
  throw new IcrlError(
    `${run} has no ${checkpoint === undefined ? 'model and no checkpoint' : `checkpoint of step ${checkpoint}`}.`,
    {
      code: 'missing-file',
      remedy:
        steps.length > 0
          ? `There are checkpoints of steps ${steps.join(', ')}.`
          : 'Train it first, with checkpoints.',
    },
  )
}

/** A folder of several policies by name, or of the only one. */
async function foldersIn(folder: string): Promise<Omit<StoredWeights, 'step'>> {
  if (!(await isFolder(join(folder, SHARED)))) return { folder, policies: { [SHARED]: folder } }
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  return {
    folder: join(folder, SHARED),
    policies: Object.fromEntries(names.map((name) => [name, join(folder, name)])),
  }
}

async function stepsDone(run: string): Promise<number> {
  const text = await readFile(runLayout(run).summary, 'utf8').catch(() => '{}')
  return (JSON.parse(text) as { steps?: number }).steps ?? 0
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
