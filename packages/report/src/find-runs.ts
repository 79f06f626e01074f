import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { IcrlError, runLayout } from '@icrl/core'
import { readJsonObject } from './read-json-object.ts'
import { readRun } from './read-run.ts'
import type { Run } from './run.ts'

/**
 * The runs at a path: the run itself, every training step of a program, or every arm of a comparison,
 * `OUT/icrl` or `OUT/icrl/seed-0`. Runs of one arm have its folder's name as label, whatever their method,
 * because two arms may differ in a single option. They are in the order of the
 * `summary.json` of the comparison or program, if there is one.
 *
 * @throws `missing-file` where there is none; what `readRun` throws.
 * @example
 * const runs = await findRuns('runs/quickstart')
 * console.log(runs.map(({ label, seed }) => `${label}, seed ${seed}`))
 */
export async function findRuns(path: string): Promise<Run[]> {
  const found = await findRunFolders(path)
  if (found.length === 0) throw noRunAt(path)
  const runs: Run[] = []
  for (const { directory, label } of found) runs.push(await readRun(directory, { label }))
  return runs
}

/** What is said of a path without runs. */
export function noRunAt(path: string): IcrlError {
  return new IcrlError(
    `${existsSync(path) ? 'no run in' : 'there is no folder'} ${resolve(path)}.`,
    {
      code: 'missing-file',
      remedy: 'Give the folder of a run, or of a comparison that holds run folders.',
    },
  )
}

/** Where a run is. */
export interface RunFolder {
  /** Its folder. */
  readonly directory: string
  /** What the run is called beside others; missing for a run alone. */
  readonly label?: string
}

/**
 * The folders of the runs at a path, as {@link findRuns} finds them, without reading any; empty
 * where there is none.
 *
 * @example
 * for (const { directory } of await findRunFolders('runs/quickstart')) console.log(directory)
 */
export async function findRunFolders(path: string): Promise<RunFolder[]> {
  if (await isRun(path)) return [{ directory: path }]
  const found: RunFolder[] = []
  for (const arm of await armsOf(path)) {
    if (await isRun(join(path, arm)))
      found.push({
        directory: join(path, arm),
        label: SEED.test(arm) ? basename(resolve(path)) : arm,
      })
    else
      for (const seed of await subfolders(join(path, arm)))
        if (await isRun(join(path, arm, seed)))
          found.push({ directory: join(path, arm, seed), label: arm })
  }
  return found
}

const SEED = /^seed-\d+$/

async function isRun(directory: string): Promise<boolean> {
  const entries: string[] = await readdir(directory).catch(() => [])
  const { config, metrics } = runLayout('')
  // The folder of a model has a config.json, too.
  return (
    entries.includes(metrics) || (entries.includes(config) && !entries.includes('tokenizer.json'))
  )
}

async function armsOf(path: string): Promise<string[]> {
  const summary = await readJsonObject<{
    readonly methods?: Readonly<Record<string, unknown>>
    readonly steps?: unknown
  }>(runLayout(path).summary)
  const steps = Array.isArray(summary?.steps) ? (summary.steps as { readonly name: string }[]) : []
  const listed = [...Object.keys(summary?.methods ?? {}), ...steps.map(({ name }) => name)]
  const place = (arm: string): number =>
    listed.includes(arm) ? listed.indexOf(arm) : listed.length
  return (await subfolders(path)).sort((a, b) => place(a) - place(b))
}

/** Sorted by name, with numbers as numbers: `seed-2` before `seed-10`. */
async function subfolders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => [])
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  return names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}
