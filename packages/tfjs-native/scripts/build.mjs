// Compiles the addon with the machine's C++ compiler into build/, once for each content of native/. Plain Node: it runs before anything
// else is built. Without a compiler it says so in one line and returns; the project then runs on slower backends.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const native = join(root, 'native')
const build = join(root, 'build')

const INSTRUCTION_SETS = {
  x64: { scalar: [], avx2: ['-mavx2', '-mfma'], avx512: ['-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mavx2', '-mfma', '-mprefer-vector-width=512'] },
  arm64: { scalar: [], neon: [] },
}
// Contraction and fast-math would let the compiler choose the bits; a finer errno or trap is not needed.
const FLAGS = ['-std=c++17', '-O3', '-fPIC', '-ffp-contract=off', '-fno-math-errno', '-fno-trapping-math', '-fvisibility=hidden', '-fno-strict-aliasing', '-Wall', '-Wextra']

/** Every file under native/, by path: what the build depends on. */
function sourceFiles(folder = native) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? sourceFiles(join(folder, entry.name)) : [join(folder, entry.name)]))
    .filter((file) => /\.(cc|h)$/.test(file))
    .sort()
}

function findCompiler() {
  for (const candidate of [process.env.CXX, 'c++', 'g++', 'clang++'].filter(Boolean)) {
    const [command, ...args] = candidate.split(' ')
    const { status, stdout } = spawnSync(command, [...args, '--version'], { encoding: 'utf8' })
    if (status === 0) return { command, args, version: stdout.split('\n')[0] }
  }
  return undefined
}

/** What to compile: [source, object, flags]. Kernels once an instruction set, the rest once. */
export function translationUnits(arch, objects) {
  const files = sourceFiles().filter((file) => file.endsWith('.cc'))
  const isKernel = (file) => /[\\/](kernels|isa)[\\/]/.test(file)
  const object = (file, suffix) => join(objects, `${relative(native, file).replace(/[\\/]/g, '-').replace(/\.cc$/, '')}${suffix}.o`)
  const once = files.filter((file) => !isKernel(file)).map((file) => [file, object(file, ''), []])
  const sets = INSTRUCTION_SETS[arch] ?? { scalar: [] }
  const each = Object.entries(sets).flatMap(([set, flags]) =>
    files.filter(isKernel).map((file) => [file, object(file, `-${set}`), [`-DICRL_ISA=ICRL_ISA_${set.toUpperCase()}`, ...flags]]),
  )
  return [...each, ...once]
}

function contentHash(compiler, includes) {
  const hash = createHash('sha256').update(JSON.stringify([compiler, FLAGS, INSTRUCTION_SETS, process.platform, process.arch]))
  for (const file of [...sourceFiles(), fileURLToPath(import.meta.url), join(includes, 'node_api.h')]) hash.update(file.slice(root.length)).update(readFileSync(file))
  return hash.digest('hex').slice(0, 16)
}

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('error', (error) => resolve({ status: 1, output: error.message }))
    child.on('close', (status) => resolve({ status, output }))
  })
}

/** Runs `jobs` (functions that return a promise), a few at a time; stops starting new ones after a failure. */
async function inParallel(jobs, limit) {
  const failures = []
  const queue = [...jobs]
  const worker = async () => {
    while (queue.length > 0 && failures.length === 0) {
      const result = await queue.shift()()
      if (result.status !== 0) failures.push(result.output)
    }
  }
  await Promise.all(Array.from({ length: limit }, worker))
  return failures[0]
}

/**
 * Builds the addon unless it is there. Resolves to `{ file, built, message }`: `file` undefined where it could not be built, and then
 * `message` one line that says why. Never throws for want of a compiler.
 */
export async function buildAddon({ force = false, quiet = false } = {}) {
  const compiler = findCompiler()
  const fallback = 'the native backend is not available and the slower TensorFlow.js backends will run.'
  if (!compiler) return { message: `icrl: no C++ compiler (c++, g++, clang++ or $CXX) was found: ${fallback} Install one and run the command again.` }
  let includes
  try {
    includes = createRequire(import.meta.url)('node-api-headers').include_dir
  } catch {
    return { message: `icrl: the package node-api-headers is not installed: ${fallback} Run npm run setup.` }
  }
  const hash = contentHash(compiler, includes)
  const file = join(build, `icrl-native-${hash}.node`)
  if (existsSync(file) && !force) {
    writeCurrent(file)
    return { file, built: false }
  }
  if (!quiet) console.error('Compiling the native kernels …')
  const start = Date.now()
  const error = await compile(compiler, includes, hash, file)
  if (error) return { message: `icrl: compiling the native kernels failed: ${fallback} ${firstError(error)}`, output: error }
  writeCurrent(file)
  for (const old of readdirSync(build)) if (/^icrl-native-.*\.node$/.test(old) && !old.includes(hash)) rmSync(join(build, old), { force: true })
  return { file, built: true, message: quiet ? undefined : `Native kernels compiled in ${((Date.now() - start) / 1000).toFixed(1)} s.` }
}

async function compile(compiler, includes, hash, file) {
  const objects = join(build, `objects-${hash}-${process.pid}`)
  mkdirSync(objects, { recursive: true })
  try {
    const units = translationUnits(process.arch, objects)
    const jobs = units.map(([source, object, flags]) => () =>
      run(compiler.command, [...compiler.args, ...FLAGS, ...flags, '-I', includes, '-DNAPI_VERSION=8', '-c', source, '-o', object]),
    )
    const error = await inParallel(jobs, Math.max(2, Math.min(8, availableParallelism())))
    if (error) return error
    const partial = `${file}.${process.pid}`
    // The pool's threads run code of the library: it must stay when the worker that loaded it ends.
    const shared = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared', '-pthread', '-Wl,-z,nodelete']
    const linked = await run(compiler.command, [...compiler.args, ...shared, '-o', partial, ...units.map(([, object]) => object)])
    if (linked.status !== 0) return linked.output
    renameSync(partial, file)
    return undefined
  } finally {
    rmSync(objects, { recursive: true, force: true })
  }
}

/** The loader reads this name; a build under way never leaves half a file behind it. */
function writeCurrent(file) {
  const current = join(build, 'current.json')
  const text = JSON.stringify({ file: relative(build, file) })
  if (existsSync(current) && readFileSync(current, 'utf8') === text) return
  writeFileSync(`${current}.${process.pid}`, text)
  renameSync(`${current}.${process.pid}`, current)
}

function firstError(output) {
  return output.split('\n').find((line) => /error/i.test(line))?.trim() ?? output.trim().split('\n')[0]
}

// Package managers link folders: the path that was given may not be the file's own.
if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { file, message, output } = await buildAddon({ force: process.argv.includes('--force') })
  if (output) console.error(output)
  console.log(message ?? `Native kernels are up to date: ${relative(process.cwd(), file)}`)
}
