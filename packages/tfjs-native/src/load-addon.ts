import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { deviceCodeHash, root, sourceHash } from '../scripts/sources.mjs'
import type { CpuAddon, GpuAddon } from './addon.ts'
import { compileAddon } from './compile-addon.ts'
import { NativeUnavailableError } from './native-unavailable-error.ts'

interface Addons {
  native: CpuAddon
  cuda: GpuAddon
}
type AddonName = keyof Addons

interface Origin {
  readonly backend: string
  /** Of the file in build/ that names the newest addon. */
  readonly current: string
  /** Of the prebuilt files' names. */
  readonly prefix: string
  readonly remedy: string
}

const ORIGINS: Readonly<Record<AddonName, Origin>> = {
  native: {
    backend: 'native-cpu',
    current: 'current.json',
    prefix: '',
    remedy:
      'Install a C++17 compiler and run `npm run setup` (in this repository) or `node node_modules/@icrl/tfjs-native/scripts/build.mjs`, or use another backend.',
  },
  cuda: {
    backend: 'native-cuda',
    current: 'current-cuda.json',
    prefix: 'cuda-',
    remedy:
      'Install a C++17 compiler and run `node packages/tfjs-native/scripts/build.mjs cuda` (in this repository) or `node node_modules/@icrl/tfjs-native/scripts/build.mjs cuda`, or use another backend.',
  },
}

/**
 * Loads an addon: the one that this machine has compiled from the present sources, or else the
 * prebuilt one that came with the package. If there is neither, or the prebuilt one does not load
 * (for example with another C library), it compiles the addon now.
 */
export function loadAddon<Name extends AddonName>(name: Name): Addons[Name] {
  const sources = sourceHash(name)
  const own = compiledFile(name, sources)
  if (own !== undefined) return load(name, own)
  const prebuilt = prebuiltFile(name, sources)
  if (prebuilt === undefined) return load(name, compiledNow(name, sources))
  try {
    return load(name, prebuilt)
  } catch (error) {
    return load(name, compiledNow(name, sources, error))
  }
}

/**
 * The code of a GPU's kernels: compiled here from the present sources, or prebuilt.
 *
 * @throws NativeUnavailableError if there is neither.
 */
export function deviceCode(): string {
  const sources = deviceCodeHash()
  const current = readJson<{ file: string; sources?: string }>('build', 'current-fatbin.json')
  const own = current?.sources === sources ? existing('build', current.file) : undefined
  const prebuilt = prebuiltOf('cuda.fatbin', sources)
  const found = own ?? prebuilt
  if (found !== undefined) return found
  throw new NativeUnavailableError(
    'backend native-cuda: the code of its kernels is not compiled.',
    'Run `node packages/tfjs-native/scripts/build-cuda.mjs` (in this repository) or `node node_modules/@icrl/tfjs-native/scripts/build-cuda.mjs`: it takes nvcc from the path, or from PyPI.',
  )
}

function load<Name extends AddonName>(name: Name, file: string): Addons[Name] {
  try {
    return createRequire(import.meta.url)(file) as Addons[Name]
  } catch (error) {
    const { backend, remedy } = ORIGINS[name]
    throw new NativeUnavailableError(
      `backend ${backend}: ${file} does not load (${error instanceof Error ? error.message : String(error)}).`,
      remedy,
      error,
    )
  }
}

function compiledNow(name: AddonName, sources: string, cause?: unknown): string {
  const said = compileAddon(join(root, 'scripts', 'build.mjs'), name)
  const file = compiledFile(name, sources)
  const { backend, remedy } = ORIGINS[name]
  if (file === undefined)
    throw new NativeUnavailableError(
      `backend ${backend}: its kernels are not compiled for this machine (${said}).`,
      remedy,
      cause,
    )
  return file
}

/** The addon compiled here; a file in build/ names that of the last build, and its sources. */
function compiledFile(name: AddonName, sources: string): string | undefined {
  const current = readJson<{ file: string; sources?: string }>('build', ORIGINS[name].current)
  return current?.sources === sources ? existing('build', current.file) : undefined
}

function prebuiltFile(name: AddonName, sources: string): string | undefined {
  return prebuiltOf(`${ORIGINS[name].prefix}${process.platform}-${process.arch}`, sources, '.node')
}

/**
 * A file that came with the package, if it is made of these sources: prebuilds/sources.json names
 * those of each.
 */
function prebuiltOf(name: string, sources: string, ending = ''): string | undefined {
  return readJson<Record<string, string>>('prebuilds', 'sources.json')?.[name] === sources
    ? existing('prebuilds', `${name}${ending}`)
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
