import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { agentRun, STEPS } from './agent-run.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'icrl-agent-run-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

const linesOf = async (directory: string): Promise<string[]> =>
  (await readFile(join(directory, 'metrics.jsonl'), 'utf8').catch(() => ''))
    .split('\n')
    .slice(0, -1)

/** Kills the run, with its sessions open, once it has made some steps. */
async function killedAfter(directory: string, steps: number): Promise<void> {
  const script = fileURLToPath(new URL('agent-run.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    ['--conditions=@icrl/source', '--import', 'tsx', script, directory],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.on('exit', (_, signal) => resolve(signal)),
  )
  while ((await linesOf(directory)).length < steps && child.exitCode === null) await pause(2)
  child.kill('SIGKILL')
  expect(await ended).toBe('SIGKILL')
}

describe('trainAgent', () => {
  it('trains the model inside an agent of two turns', async () => {
    const { metrics } = await agentRun(join(root, 'whole'))
    const rewards = metrics.map((line) => Number(line['reward/solver']))
    expect(metrics.length).toBe(STEPS)
    expect(rewards.at(-1)! - rewards[0]).toBeGreaterThan(0.25)
    // What was served is what is trained: not a bit apart.
    expect(metrics.map((line) => line['policy/mismatch_max'])).toEqual(metrics.map(() => 0))
  })

  it('has the same bytes over HTTP, killed with sessions open, and resumed in process', async () => {
    const killed = join(root, 'killed')
    await killedAfter(killed, 3)
    expect((await linesOf(killed)).length).toBeLessThan(STEPS)
    await agentRun(killed)
    for (const file of ['metrics.jsonl', 'model/model.safetensors', 'samples/step-00005.jsonl'])
      expect(await readFile(join(killed, file), 'latin1'), file).toBe(
        await readFile(join(root, 'whole', file), 'latin1'),
      )
  })
})
