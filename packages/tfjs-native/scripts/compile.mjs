// Compiles the translation units and links them, a few at a time.
import { spawn } from 'node:child_process'
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { FLAGS, translationUnits } from './sources.mjs'

function run([command, ...first], args) {
  return new Promise((resolve) => {
    const child = spawn(command, [...first, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('error', (error) => resolve({ status: 1, output: error.message }))
    child.on('close', (status) => resolve({ status, output }))
  })
}

/**
 * Runs `jobs` (functions that return a promise), a few at a time; stops starting new ones after a
 * failure.
 */
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
 * Compiles an addon for an architecture with `compiler` (command and first arguments) and links with `link`
 * into `file`, which appears whole or not at all. `onUnit` hears of every translation unit that is
 * compiled, as `(done, total)`. Resolves to what the compiler said where it failed.
 */
export async function compileTo(
  file,
  { addon = 'native', compiler, includes, arch, flags = [], link, onUnit },
) {
  const objects = `${file}.objects-${process.pid}`
  mkdirSync(objects, { recursive: true })
  try {
    const units = translationUnits(arch, objects, addon)
    let done = 0
    onUnit?.(done, units.length)
    const jobs = units.map(([source, object, own]) => async () => {
      const args = [...FLAGS, ...flags, ...own, '-I', includes, '-c', source, '-o', object]
      const result = await run(compiler, args)
      if (result.status === 0) onUnit?.(++done, units.length)
      return result
    })
    const error = await inParallel(jobs, Math.max(2, Math.min(8, availableParallelism())))
    if (error) return error
    // Among the objects: a linker may write an import library beside it.
    const partial = join(objects, 'linked.node')
    const linked = await run(compiler, [
      ...flags,
      ...link,
      '-o',
      partial,
      ...units.map(([, object]) => object),
    ])
    if (linked.status !== 0) return linked.output
    renameSync(partial, file)
    return undefined
  } finally {
    rmSync(objects, { recursive: true, force: true })
  }
}
