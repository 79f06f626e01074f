import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { IcrlError } from '@icrl/core'

/** The model that every template names, as a string in its configuration. */
const MODEL = "'hf:HuggingFaceTB/SmolLM2-135M-Instruct'"

/** What `icrl init` can begin with, and what it is for. */
export const TEMPLATES = {
  jsonl: 'questions with answers in a file, and a reward',
  environment: 'many turns with an environment',
  agent: 'an agent that you have, unchanged',
  preference: 'pairs of answers, one of them preferred',
} as const

export type TemplateName = keyof typeof TEMPLATES

const packageFolder = dirname(createRequire(import.meta.url).resolve('icrl/package.json'))

/**
 * Copies a template into a new folder, with the model in its configuration. The folder is complete
 * or absent.
 *
 * @param model as a configuration has it; default: the template's
 * @returns the files, relative to the folder
 * @throws `run-conflict` for a folder that holds something; `write-failed`
 */
export async function writeTemplate(
  name: TemplateName,
  to: string,
  model?: string,
): Promise<string[]> {
  const present = await readdir(to).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw notWritten(to, error)
  })
  if (present.length > 0)
    throw new IcrlError(
      `${resolve(to)} is not empty: it holds ${present.slice(0, 3).join(', ')}.`,
      {
        code: 'run-conflict',
        remedy: 'Name a folder that does not exist yet.',
      },
    )
  const source = join(packageFolder, 'templates', name)
  const aside = `${resolve(to)}.${process.pid}.new`
  try {
    await mkdir(dirname(aside), { recursive: true })
    await cp(source, aside, { recursive: true })
    if (model !== undefined) await nameModel(join(aside, 'run.config.ts'), model)
    await rm(to, { recursive: true, force: true })
    await rename(aside, to)
  } catch (error) {
    await rm(aside, { recursive: true, force: true })
    throw notWritten(to, error as Error)
  }
  return (await readdir(to)).sort()
}

async function nameModel(file: string, model: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  await writeFile(
    file,
    text.replace(MODEL, () => `'${model.replace(/['\\]/g, '\\$&')}'`),
  )
}

function notWritten(path: string, cause: Error): IcrlError {
  return new IcrlError(`${resolve(path)} cannot be written: ${cause.message}.`, {
    code: 'write-failed',
    remedy: 'Name a folder that can be written.',
    cause,
  })
}
