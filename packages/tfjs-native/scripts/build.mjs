// Compiles the addons with the machine's C++ compiler into build/, once for each content of native/.
// Plain Node: it runs before anything else is built. Without a compiler it says so in one line and
// returns; the project then runs on slower backends.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileTo } from './compile.mjs'
import { compilerHint } from './compiler-hint.mjs'
import { progressTo } from './progress.mjs'
import { root, sourceHash } from './sources.mjs'

const build = join(root, 'build')

// The pool's threads run code of the library: it must stay when the worker that loaded it ends.
const LINK =
  process.platform === 'darwin'
    ? ['-bundle', '-undefined', 'dynamic_lookup']
    : ['-shared', '-pthread', '-Wl,-z,nodelete']

/** By addon: the start of its file's name, the file that names the newest, what is compiled. */
const NAMES = {
  native: { prefix: 'icrl-native', current: 'current.json', what: 'native kernels' },
  cuda: { prefix: 'icrl-cuda-driver', current: 'current-cuda.json', what: "GPU's addon" },
  'cuda-shim': { prefix: 'icrl-cuda-shim', current: 'current-cuda-shim.json', what: 'GPU model' },
}

function findCompiler() {
  for (const candidate of [process.env.CXX, 'c++', 'g++', 'clang++'].filter(Boolean)) {
    const [command, ...args] = candidate.split(' ')
    const { status, stdout } = spawnSync(command, [...args, '--version'], { encoding: 'utf8' })
    if (status === 0) return { command: [command, ...args], version: stdout.split('\n')[0] }
  }
  return undefined
}

/** Names what the machine's compiler makes of the sources. */
function buildHash(sources, compiler, includes) {
  const hash = createHash('sha256').update(
    JSON.stringify([sources, compiler, LINK, process.platform, process.arch]),
  )
  return hash
    .update(readFileSync(join(includes, 'node_api.h')))
    .digest('hex')
    .slice(0, 16)
}

/**
 * Builds an addon (`native`, `cuda` or `cuda-shim`) unless it is there. Resolves to `{ file, built, message }`: `file` undefined
 * where it could not be built, and then `message` one line that says why. Never throws for want of
 * a compiler.
 */
export async function buildAddon({ addon = 'native', force = false, quiet = false } = {}) {
  const { prefix, current, what } = NAMES[addon]
  const compiler = findCompiler()
  const fallback =
    addon === 'native'
      ? 'the native backend is not available and the slower TensorFlow.js backends will run.'
      : 'backend native-cuda is not available.'
  if (!compiler) {
    const hint = compilerHint()
    return {
      message: `icrl: no C++ compiler (c++, g++, clang++ or $CXX) was found: ${fallback} Install one${hint ? ` (${hint})` : ''} and run the command again.`,
    }
  }
  let includes
  try {
    includes = createRequire(import.meta.url)('node-api-headers').include_dir
  } catch {
    return {
      message: `icrl: the package node-api-headers is not installed: ${fallback} Run npm run setup.`,
    }
  }
  const sources = sourceHash(addon)
  const hash = buildHash(sources, compiler, includes)
  const file = join(build, `${prefix}-${hash}.node`)
  if (existsSync(file) && !force) {
    writeCurrent(current, file, sources)
    return { file, built: false }
  }
  const start = Date.now()
  mkdirSync(build, { recursive: true })
  const error = await compileTo(file, {
    addon,
    compiler: compiler.command,
    includes,
    arch: process.arch,
    link: addon === 'native' ? LINK : [...LINK, '-ldl'],
    onUnit: quiet ? undefined : progressTo(process.stderr, `Compiling the ${what}`),
  })
  // A terminal's progress line stands where it stopped.
  if (error && !quiet && process.stderr.isTTY) process.stderr.write('\n')
  if (error)
    return {
      message: `icrl: compiling the ${what} failed: ${fallback} ${firstError(error)}`,
      output: error,
    }
  writeCurrent(current, file, sources)
  for (const old of readdirSync(build))
    if (old.startsWith(`${prefix}-`) && old.endsWith('.node') && !old.includes(hash))
      rmSync(join(build, old), { force: true })
  return {
    file,
    built: true,
    message: quiet
      ? undefined
      : `The ${what} compiled in ${((Date.now() - start) / 1000).toFixed(1)} s.`,
  }
}

/**
 * The loader reads this file and the sources it was built from; a build under way never leaves half
 * of one behind it.
 */
function writeCurrent(name, file, sources) {
  const current = join(build, name)
  const text = JSON.stringify({ file: relative(build, file), sources })
  if (existsSync(current) && readFileSync(current, 'utf8') === text) return
  writeFileSync(`${current}.${process.pid}`, text)
  renameSync(`${current}.${process.pid}`, current)
}

function firstError(output) {
  return (
    output
      .split('\n')
      .find((line) => /error/i.test(line))
      ?.trim() ?? output.trim().split('\n')[0]
  )
}

// Package managers link folders: the path that was given may not be the file's own.
if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const addon = process.argv.slice(2).find((argument) => argument in NAMES) ?? 'native'
  const force = process.argv.includes('--force')
  const { file, message, output } = await buildAddon({ addon, force })
  if (output) console.error(output)
  console.log(
    message ?? `The ${NAMES[addon].what} are up to date: ${relative(process.cwd(), file)}`,
  )
}
