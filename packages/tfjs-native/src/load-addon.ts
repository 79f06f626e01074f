import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Addon } from './addon.ts'
import { compileAddon } from './compile-addon.ts'
import { NativeUnavailableError } from './native-unavailable-error.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const REMEDY = 'Install a C++17 compiler and run `npm run setup` (in this repository) or `node node_modules/@icrl/tfjs-native/scripts/build.mjs`, or use another backend.'

/** Loads the addon compiled on this machine, else the one that came with the package, else compiles it. */
export function loadAddon(): Addon {
  const file = findFile() ?? compiledNow()
  try {
    return createRequire(import.meta.url)(file) as Addon
  } catch (error) {
    throw new NativeUnavailableError(`backend native-cpu: ${file} does not load (${error instanceof Error ? error.message : String(error)}).`, REMEDY, error)
  }
}

function findFile(): string | undefined {
  return [compiledFile(), join(root, 'prebuilds', `${process.platform}-${process.arch}.node`)].find((path) => path !== undefined && existsSync(path))
}

function compiledNow(): string {
  const said = compileAddon(join(root, 'scripts', 'build.mjs'))
  const file = findFile()
  if (file === undefined) throw new NativeUnavailableError(`backend native-cpu: its kernels are not compiled for this machine (${said}).`, REMEDY)
  return file
}

/** build/current.json names the file that the last build of native/ wrote. */
function compiledFile(): string | undefined {
  const build = join(root, 'build')
  try {
    const { file } = JSON.parse(readFileSync(join(build, 'current.json'), 'utf8')) as { file: string }
    return join(build, file)
  } catch {
    return undefined
  }
}
