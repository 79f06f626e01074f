import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sample, SessionResult, Task } from '@icrl/core'
import type { TextFiles } from '@icrl/core/testing'
import {
  program,
  type Lab,
  type LabTrainOptions,
  type ProgramOptions,
  type ProgramSummary,
} from '@icrl/trainer'
import { expect } from 'vitest'

/** In memory where that can be: what is tested is what files hold, not that a disk is flushed. */
const FOLDERS = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** Files of the disk, for table policies that are saved. */
export const diskFiles: TextFiles = {
  read: (path) => readFile(path, 'utf8'),
  write: (path, text) => writeFile(path, text),
}

/** What a script returned, and what its steps gathered and trained on, by the steps' names. */
export interface Watched<Result> {
  readonly result: Result
  readonly gathered: Readonly<Record<string, readonly SessionResult[]>>
  readonly learned: Readonly<Record<string, readonly Sample[]>>
}

/** Runs a script in a fresh folder, which is removed, and watches its steps. */
export async function watched<Result>(
  options: Omit<ProgramOptions, 'directory'>,
  script: (lab: Lab) => Promise<Result>,
): Promise<Watched<Result>> {
  const directory = await mkdtemp(join(FOLDERS, 'method-'))
  const gathered: Record<string, readonly SessionResult[]> = {}
  const learned: Record<string, Sample[]> = {}
  const trainHooks: ProgramOptions['trainHooks'] = (step) => ({
    onStep: ({ samples }) => void (learned[step] = [...(learned[step] ?? []), ...samples]),
  })
  try {
    let result: Result | undefined
    await program({ ...options, directory, trainHooks }, async (lab) => {
      result = await script({
        ...lab,
        gather: async (name, given) => (gathered[name] = await lab.gather(name, given)),
      })
    })
    return { result: result as Result, gathered, learned }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Runs a script in a fresh folder, which is removed, and answers what it returned. */
export async function ran<Result>(
  options: Omit<ProgramOptions, 'directory'>,
  script: (lab: Lab) => Promise<Result>,
): Promise<Result> {
  return (await watched(options, script)).result
}

/**
 * The files of a program that ran through, and of one that died in each of its training steps, in
 * their second step, and was resumed each time: they must be equal. Those with times of day and
 * seconds in them are left out. `deaths` are the steps it died in. Every recipe that is trained must
 * have options that are the same once they were JSON.
 */
export async function resumed(
  optionsOf: () => Omit<ProgramOptions, 'directory'>,
  script: (lab: Lab) => Promise<unknown>,
): Promise<{
  readonly whole: Record<string, string>
  readonly parts: Record<string, string>
  readonly deaths: readonly string[]
}> {
  const root = await mkdtemp(join(FOLDERS, 'resumed-'))
  const deaths: string[] = []
  const run = async (name: string, dies: boolean): Promise<ProgramSummary | undefined> => {
    const options = { ...optionsOf(), directory: join(root, name), resume: true }
    const trainHooks: ProgramOptions['trainHooks'] = (step) => ({
      onStep: ({ step: at }) => {
        if (!dies || at !== 1 || deaths.includes(step)) return
        deaths.push(step)
        throw new Error('died')
      },
    })
    const before = deaths.length
    try {
      const { summary } = await program({ ...options, trainHooks }, async (lab) => {
        await script({ ...lab, train: (step, given) => lab.train(step, storable(step, given)) })
      })
      return summary
    } catch (error) {
      if (deaths.length === before) throw error
      return undefined
    }
  }
  try {
    const summary = await run('whole', false)
    while ((await run('parts', true)) === undefined);
    const trained = summary!.steps.filter(({ kind }) => kind === 'train').map(({ name }) => name)
    expect(deaths).toEqual(trained)
    return {
      whole: await bytesOf(join(root, 'whole')),
      parts: await bytesOf(join(root, 'parts')),
      deaths,
    }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

/** What a step is compared by when it is resumed must be all there in JSON: no function, no Infinity. */
function storable<T extends Task>(step: string, given: LabTrainOptions<T>): LabTrainOptions<T> {
  const { name, options } = given.recipe
  expect(JSON.parse(JSON.stringify(options)), `${step}: options of "${name}"`).toEqual(options)
  return given
}

async function bytesOf(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/run\.lock|timing\.jsonl|run\.log|\/checkpoints\//.test(path))
    .sort()
  const files: Record<string, string> = {}
  for (const path of paths) {
    const text = (await readFile(path, 'utf8')).replaceAll(/"wall_seconds": [\d.]+/g, '')
    files[path.slice(directory.length + 1)] = createHash('sha256').update(text).digest('hex')
  }
  return files
}
