import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { register } from 'node:module'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { IcrlError, isIcrlError, type Json } from '@icrl/core'
import { decodeText } from '@icrl/environments/node'
import { checkConfig } from './check-config.ts'
import { inFolderOf } from './config-folder.ts'
import type { RunConfig } from './define-run.ts'
import { meant } from './no-run.ts'
import { runConfigSchema } from './run-config-schema.ts'

/** A configuration and where it came from. */
export interface LoadedConfig {
  /** What the file exports, checked. */
  readonly config: RunConfig
  /** Absolute path of the configuration's file. */
  readonly file: string
  /** Hash of the file's bytes. */
  readonly sha256: string
  /**
   * The file's path as a resumed run stored it, if the same bytes were elsewhere when the run
   * began.
   */
  readonly storedAs?: string
  /** The command that made the configuration, if it is not from a file; `file` is then the data. */
  readonly command?: StoredCommand
}

/** A command that makes a run without a configuration, and its flags. */
export interface StoredCommand {
  readonly name: string
  readonly flags: Json
}

export const CODE: readonly string[] = ['.ts', '.mts', '.js', '.mjs']

/**
 * Loads a configuration: the default export of a TypeScript or JavaScript file, or JSON.
 *
 * @throws `missing-file`, `corrupt-file`, `invalid-option`, naming file and place
 * @example
 * const { config, sha256 } = await loadRunConfig('run.json')
 */
export async function loadRunConfig(path: string): Promise<LoadedConfig> {
  const file = resolve(path)
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    const there = cause.code === 'EISDIR' ? 'is a folder, not a file' : 'cannot be read'
    throw new IcrlError(
      existsSync(file) ? `${file} ${there}.` : `there is no file ${meant(path)}.`,
      {
        code: 'missing-file',
        remedy: 'Give the path of a run configuration.',
        cause,
      },
    )
  })
  return {
    config: await parse(decodeText(bytes, path), file),
    file,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }
}

async function parse(text: string, file: string): Promise<RunConfig> {
  const extension = extname(file)
  if (extension === '.json' || extension === '.jsonc')
    return (await import('./json-run-config.ts')).jsonRunConfig(text, file) as unknown as RunConfig
  if (!CODE.includes(extension))
    throw new IcrlError(
      `${file}: a configuration cannot be a file ${extension ? `of type ${extension}` : 'without an extension'}.`,
      {
        code: 'invalid-option',
        remedy: `Write it in TypeScript, JavaScript or JSON: ${[...CODE, '.json'].join(', ')}.`,
      },
    )
  const exported = await importConfig(file)
  if (typeof exported !== 'object' || exported === null)
    throw new IcrlError(`${file}: its default export is not a configuration.`, {
      code: 'invalid-option',
      remedy: 'Write `export default defineRun({ … })`.',
    })
  checkConfig(runConfigSchema, exported, file)
  return exported as RunConfig
}

/**
 * The default export of a TypeScript or JavaScript file.
 *
 * @throws `missing-file`, `corrupt-file`, `unsupported` for TypeScript under a path that its loader cannot read
 */
export async function importConfig(file: string): Promise<unknown> {
  return (await importModule(file)).default
}

/**
 * Everything that a TypeScript or JavaScript file exports.
 *
 * @throws as {@link importConfig}
 */
export async function importModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  if (/\?.*\.m?ts$/s.test(file))
    throw new IcrlError(`${file} has a "?" in its path.`, {
      code: 'unsupported',
      remedy:
        'The loader of TypeScript takes it for a query: rename the folder, or write JavaScript (.mjs) or JSON.',
    })
  if (!existsSync(file))
    throw new IcrlError(`there is no file ${file}.`, {
      code: 'missing-file',
      remedy: 'Check the path.',
    })
  await acceptTypeScript()
  try {
    return await inFolderOf(
      file,
      () => import(pathToFileURL(file).href) as Promise<Readonly<Record<string, unknown>>>,
    )
  } catch (cause) {
    if (isIcrlError(cause)) throw cause
    throw new IcrlError(
      `${file} cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}.`,
      {
        code: 'corrupt-file',
        remedy: 'Fix the file; its imports must be installed where it lies.',
        cause,
      },
    )
  }
}

/** This package runs from its sources only in a process that accepts TypeScript already. */
async function acceptTypeScript(): Promise<void> {
  if (accepted) return
  accepted = true
  if (!import.meta.url.endsWith('.ts')) (await import('tsx/esm/api')).register()
  register(`data:text/javascript,${encodeURIComponent(TYPESCRIPT_IS_MODULE)}`)
}

let accepted = false

// A configuration is often in a folder without a package.json, or with one that sets no `type`.
// Node would then treat it as CommonJS, and `import` in it would fail. A hook runs in a thread of
// its own, so it is given as text.
const TYPESCRIPT_IS_MODULE = `export async function resolve(specifier, context, next) {
  const found = await next(specifier, context)
  const isUndecided = /\\.ts(\\?|$)/.test(found.url) && !String(found.format).startsWith('module')
  return isUndecided ? { ...found, format: 'module' } : found
}`
