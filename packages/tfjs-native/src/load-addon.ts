import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { root, sourceHash } from '../scripts/sources.mjs'
import type { Addon } from './addon.ts'
import { compileAddon } from './compile-addon.ts'
import { NativeUnavailableError } from './native-unavailable-error.ts'

const REMEDY =
  'Install a C++17 compiler and run `npm run setup` (in this repository) or `node node_modules/@icrl/tfjs-native/scripts/build.mjs`, or use another backend.'

/**
 * Loads the addon that this machine has compiled from the present sources, or else the prebuilt one
 * that came with the package. If there is neither, or the prebuilt one does not load (for example
 * with another C library), it compiles the addon now.
 */
export function loadAddon(): Addon {
  const sources = sourceHash()
  const own = compiledFile(sources)
  if (own !== undefined) return load(own)
  const prebuilt = prebuiltFile(sources)
  if (prebuilt === undefined) return load(compiledNow(sources))
  try {
    return load(prebuilt)
  } catch (error) {
    return load(compiledNow(sources, error))
  }
}

function load(file: string): Addon {
  try {
    return createRequire(import.meta.url)(file) as Addon
  } catch (error) {
    throw new NativeUnavailableError(
      `backend native-cpu: ${file} does not load (${error instanceof Error ? error.message : String(error)}).`,
      REMEDY,
      error,
    )
  }
}

function compiledNow(sources: string, cause?: unknown): string {
  const said = compileAddon(join(root, 'scripts', 'build.mjs'))
  const file = compiledFile(sources)
  if (file === undefined)
    throw new NativeUnavailableError(
      `backend native-cpu: its kernels are not compiled for this machine (${said}).`,
      REMEDY,
      cause,
    )
  return file
}

/** The addon compiled here. build/current.json names the file of the last build and its sources. */
function compiledFile(sources: string): string | undefined {
  const current = readJson<{ file: string; sources?: string }>('build', 'current.json')
  return current?.sources === sources ? existing('build', current.file) : undefined
}

/**
 * The addon that came with the package. prebuilds/sources.json names the sources of each platform's
 * file.
 */
function prebuiltFile(sources: string): string | undefined {
  const name = `${process.platform}-${process.arch}`
  return readJson<Record<string, string>>('prebuilds', 'sources.json')?.[name] === sources
    ? existing('prebuilds', `${name}.node`)
    : undefined
}

function existing(...path: string[]): string | undefined {
  const file = join(root, ...path)
  return existsSync(file) ? file : undefined
}

function readJson<Content>(...path: string[]): Content | undefined {
  try {
    return JSON.parse(readFileSync(join(root, ...path), 'utf8')) as Content
  } catch {
    return undefined
  }
}
