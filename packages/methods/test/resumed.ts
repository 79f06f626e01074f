import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TextFiles } from '@icrl/core/testing'
import { program, type Lab, type ProgramOptions } from '@icrl/trainer'

/** Files of the disk, for table policies that are saved. */
export const diskFiles: TextFiles = {
  read: (path) => readFile(path, 'utf8'),
  write: (path, text) => writeFile(path, text),
}

/** Runs a script in a fresh folder, which is removed, and answers what it returned. */
export async function ran<Result>(
  options: Omit<ProgramOptions, 'directory'>,
  script: (lab: Lab) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'method-'))
  try {
    let result: Result | undefined
    await program({ ...options, directory }, async (lab) => {
      result = await script(lab)
    })
    return result as Result
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/**
 * The files of a program that ran through, and of one that died in each of its training steps and
 * was resumed: they must be equal. Those with times of day and seconds in them are left out.
 */
export async function resumed(
  optionsOf: () => Omit<ProgramOptions, 'directory'>,
  script: (lab: Lab) => Promise<unknown>,
): Promise<{ readonly whole: Record<string, string>; readonly parts: Record<string, string> }> {
  const root = await mkdtemp(join(tmpdir(), 'resumed-'))
  const run = async (name: string, dieAt?: string): Promise<void> => {
    const options = { ...optionsOf(), directory: join(root, name), resume: true }
    const trainHooks: ProgramOptions['trainHooks'] = (step) => ({
      onStep: ({ step: at }) => {
        if (step === dieAt && at === 1) throw new Error('died')
      },
    })
    const done = program({ ...options, trainHooks }, async (lab) => void (await script(lab)))
    await (dieAt === undefined ? done : done.catch(() => undefined))
  }
  try {
    await run('whole')
    const steps = (await readdir(join(root, 'whole'), { withFileTypes: true }))
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
    for (const step of steps) await run('parts', step)
    await run('parts')
    return { whole: await bytesOf(join(root, 'whole')), parts: await bytesOf(join(root, 'parts')) }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
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
