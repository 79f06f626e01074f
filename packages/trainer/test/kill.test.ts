import { spawn } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { randomStream } from '@icrl/core'
import { build } from 'tsup'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { program, train } from '../src/index.ts'
import { bytesOfProgram, dialProgram, everyStep } from './dial-program.ts'
import { killableRun, STEPS } from './killable-run.ts'
import { scratchFolder } from './scratch-folder.ts'

const KILLS = 5
/** A process is killed at one of so many calls after these, of some 27 that a step makes. */
const [FEWEST_CALLS, SPREAD] = [100, 100]
const SCRIPTS = ['killable-run', 'killable-program'] as const
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** Each script in one file: a process starts many times, and compiles nothing. */
let bundles: string
beforeAll(async () => {
  bundles = await scratchFolder('kill-bundles')
  await build({
    entry: Object.fromEntries(SCRIPTS.map((name) => [name, here(`${name}.ts`)])),
    config: false,
    silent: true,
    outDir: bundles,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    splitting: false,
    noExternal: [/.*/],
    esbuildOptions: (options) => {
      options.conditions = ['@icrl/source']
    },
  })
  await writeFile(join(bundles, 'package.json'), '{ "type": "module" }')
})
afterAll(() => rm(bundles, { recursive: true, force: true }))

let root: string
beforeEach(async () => {
  root = await scratchFolder('kill')
})
afterEach(() => rm(root, { recursive: true, force: true }))

/**
 * Runs to the end, or to its death at a call that changes a file, so many turns of the event loop
 * after its start. Answers whether it was killed.
 */
function run(
  directory: string,
  kill: { readonly call: number; readonly turns: number },
  script: (typeof SCRIPTS)[number] = 'killable-run',
  staleness = 0,
): Promise<boolean> {
  const child = spawn(
    process.execPath,
    ['--import', here('kill-at-call.mjs'), join(bundles, `${script}.js`), directory],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        ICRL_TEST_STALENESS: String(staleness),
        ICRL_TEST_RUN: directory,
        ICRL_TEST_KILL: `${kill.call},${kill.turns}`,
      },
    },
  )
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) =>
      code === 0 || signal === 'SIGKILL'
        ? resolve(signal === 'SIGKILL')
        : reject(new Error(`exit ${code}`)),
    )
  })
}

it.each(process.env.ICRL_FULL ? [0, 1, 2] : [0])(
  'a run killed five times in a chain and resumed has the bytes of one that was not, at staleness %i',
  async (staleness) => {
    const draws = randomStream(0, 'kills')
    for (let i = 0; i < KILLS; i++) {
      const kill = {
        call: FEWEST_CALLS + draws.integer(2 * i, SPREAD),
        turns: draws.integer(2 * i + 1, 8),
      }
      expect(await run(join(root, 'killed'), kill, 'killable-run', staleness)).toBe(true)
    }
    const reached = (await readFile(join(root, 'killed', 'metrics.jsonl'), 'utf8')).split(
      '\n',
    ).length
    expect(reached).toBeGreaterThan(5)
    expect(reached).toBeLessThan(STEPS)
    await train(killableRun(join(root, 'killed'), staleness))
    await train(killableRun(join(root, 'whole'), staleness))
    for (const file of [
      'metrics.jsonl',
      'model/table.json',
      'samples/step-00020.jsonl',
      'evaluations/step-00020.jsonl',
      `evaluations/step-000${STEPS}.jsonl`,
    ]) {
      expect(await readFile(join(root, 'killed', file), 'utf8'), file).toBe(
        await readFile(join(root, 'whole', file), 'utf8'),
      )
    }
  },
  120_000,
)

it('a program killed again and again, in steps and between them, has the bytes of a whole one', async () => {
  await program(dialProgram(join(root, 'whole')), everyStep)
  const draws = randomStream(0, 'killed program')
  const [fewest, spread] = [70, 80]
  let kills = 0
  for (; ; kills++) {
    const kill = {
      call: fewest + draws.integer(2 * kills, spread),
      turns: draws.integer(2 * kills + 1, 8),
    }
    if (!(await run(join(root, 'killed'), kill, 'killable-program'))) break
  }
  expect(kills).toBeGreaterThan(2)
  expect(await bytesOfProgram(join(root, 'killed'))).toEqual(
    await bytesOfProgram(join(root, 'whole')),
  )
}, 180_000)
