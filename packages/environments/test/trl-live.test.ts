/**
 * TRL trains on our TextCraft, over OpenEnv's wire. Part of the full tests, where
 * scripts/install-openenv.mjs --trl was run.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Environment } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { generateRecipes, solveTextcraft, textcraft } from '../src/index.ts'
import { serveOpenenv } from '../src/server/index.ts'

const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
const python = join(cache, 'icrl-clients/trl/bin/python')
const isFull = process.env.ICRL_FULL !== undefined
const isSkipped = !isFull || !existsSync(python)
const why = isFull
  ? 'run packages/environments/scripts/install-openenv.mjs --trl'
  : 'ICRL_FULL is not set'

/** What was played of a task: the actions, and the last reward. */
interface Play {
  readonly id: string
  readonly actions: string[]
  reward: number
}

/** Notes every play. */
function watched(environment: Environment, plays: Play[]): Environment {
  return {
    ...environment,
    open: async () => {
      const episode = await environment.open()
      let play: Play
      return {
        ...episode,
        reset: (id, signal) => {
          plays.push((play = { id, actions: [], reward: 0 }))
          return episode.reset(id, signal)
        },
        step: async (action, signal) => {
          const step = await episode.step(action, signal)
          play.actions.push(action)
          play.reward = step.reward
          return step
        },
      }
    },
  }
}

/** The class that docs/openenv.md shows. */
async function worldOfThePage(): Promise<string> {
  const page = await readFile(new URL('../../../docs/openenv.md', import.meta.url), 'utf8')
  return /```python\n(# world\.py\n[^]*?)```/.exec(page)![1]
}

interface Trained {
  /** The largest change of a weight. */
  readonly moved: number
  readonly log: readonly Readonly<Record<string, number>>[]
}

describe.skipIf(isSkipped)(`TRL's GRPOTrainer${isSkipped ? ` (skipped: ${why})` : ''}`, () => {
  it('learns from TextCraft in two steps, with a step of the world in each episode', async () => {
    const tree = generateRecipes()
    const plays: Play[] = []
    const environment = textcraft({ tree })
    const server = await serveOpenenv(watched(environment, plays))
    const ids = (await environment.taskIds('train')).slice(0, 1)
    const tasks = ids.map((id) => ({ id, actions: solveTextcraft(tree, tree.goals[Number(id)])! }))
    const output = await mkdtemp(join(tmpdir(), 'icrl-trl-'))
    const script = fileURLToPath(new URL('openenv/train.py', import.meta.url))
    await writeFile(join(output, 'world.py'), await worldOfThePage())
    const child = spawn(python, [script, output], {
      env: {
        ...process.env,
        WORLD_URL: server.urls[0],
        CUDA_VISIBLE_DEVICES: '',
        TRL_EXPERIMENTAL_SILENCE: '1',
      },
    })
    child.stdin.end(JSON.stringify(tasks))
    let [out, err] = ['', '']
    child.stderr.on('data', (text) => (err += text))
    let taught = 0
    child.stdout.on('data', (text) => {
      out += text
      if (taught === 0 && out.includes('READY')) taught = plays.length
    })
    const code = await new Promise((resolve) => child.on('close', resolve))
    await server.close()
    await rm(output, { recursive: true })
    expect([code, code === 0 ? '' : err]).toEqual([0, ''])

    const trained = plays.slice(taught)
    expect(taught).toBe(2)
    // Two steps of one group of eight.
    expect(trained.length).toBe(16)
    expect(trained.filter(({ actions }) => actions.length === 0).length, err.slice(-4000)).toBe(0)
    const { log, moved } = JSON.parse(out.slice(out.indexOf('{"moved"'))) as Trained
    const steps = log.filter(({ loss }) => loss !== undefined)
    expect(steps.length).toBe(2)
    for (const [i, { reward, ...step }] of steps.entries()) {
      const group = trained.slice(8 * i, 8 * i + 8)
      const mean = group.reduce((sum, play) => sum + play.reward, 0) / group.length
      // What TRL learned from is what the world gave.
      expect(reward).toBeCloseTo(mean, 5)
      expect(step['tools/failure_frequency']).toBe(0)
      // Some of the group won and some gave up, so that there is an advantage to learn from.
      expect(mean).toBeGreaterThan(0)
      expect(mean).toBeLessThan(1)
      expect(step.grad_norm).toBeGreaterThan(0)
    }
    // Two steps of Adam at 1e-5.
    expect(moved).toBeGreaterThan(5e-6)
    expect(moved).toBeLessThan(1e-4)
  }, 1_200_000)
})
