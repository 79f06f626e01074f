import { spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { randomStream } from '@icrl/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { scratchFolder } from './scratch-folder.ts'

const KILLS = 5
const script = fileURLToPath(new URL('killable-run.ts', import.meta.url))

let root: string
beforeEach(async () => {
  root = await scratchFolder('kill')
})
afterEach(() => rm(root, { recursive: true, force: true }))

/**
 * Runs to the end, or kills the process a moment after it has done so many steps. Answers whether
 * it was killed.
 */
function run(
  directory: string,
  kill?: { readonly steps: number; readonly delay: number },
): Promise<boolean> {
  const child = spawn(
    process.execPath,
    ['--conditions=@icrl/source', '--import', 'tsx', script, directory],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let steps = 0
  child.stdout.on('data', (chunk: Buffer) => {
    steps += chunk.toString().split('\n').length - 1
    if (kill && steps >= kill.steps) setTimeout(() => child.kill('SIGKILL'), kill.delay)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) =>
      code === 0 || signal === 'SIGKILL'
        ? resolve(signal === 'SIGKILL')
        : reject(new Error(`exit ${code}`)),
    )
  })
}

it('a run killed five times in a chain and resumed has the bytes of one that was not', async () => {
  const draws = randomStream(0, 'kills')
  let killed = 0
  for (let i = 0; i < KILLS; i++)
    killed += Number(
      await run(join(root, 'killed'), {
        steps: 4 + draws.integer(2 * i, 3),
        delay: draws.integer(2 * i + 1, 30),
      }),
    )
  expect(killed).toBe(KILLS)
  await Promise.all([run(join(root, 'killed')), run(join(root, 'whole'))])
  for (const file of [
    'metrics.jsonl',
    'model/table.json',
    'samples/step-00020.jsonl',
    'evaluations/step-00100.jsonl',
  ]) {
    expect(await readFile(join(root, 'killed', file), 'utf8'), file).toBe(
      await readFile(join(root, 'whole', file), 'utf8'),
    )
  }
}, 120_000)
