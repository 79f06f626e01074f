import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readSamples } from '@icrl/report'
import { sft } from '@icrl/recipes'
import { train } from '@icrl/trainer'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { agentRun, freshPolicy, STEPS } from './agent-run.ts'
import { icrl } from './command-line.ts'

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

interface ExportedIds {
  readonly id: string
  readonly prompt: readonly number[]
  readonly response: readonly number[]
  readonly mask: readonly number[]
}

/** How likely a fresh model says all of the first line, after it has learned the lines. */
async function passesAfter(lines: readonly ExportedIds[]): Promise<number> {
  await using policy = freshPolicy()
  const demonstrations = lines.map(({ prompt, response, mask }) => ({
    prompt: Int32Array.from(prompt),
    response: Int32Array.from(response),
    mask: Uint8Array.from(mask),
  }))
  await train({
    recipe: sft({ demonstrate: () => demonstrations, tasksPerStep: 1 }),
    policies: { shared: policy },
    roles: {},
    tasks: [{ id: 'passed' }],
    seed: 0,
    stop: { steps: 60 },
    optimizer: { learningRate: 0.03 },
  })
  const [{ logprobs }] = await policy.score([{ ...demonstrations[0], temperature: 1 }])
  return Math.exp(logprobs.reduce((sum, value) => sum + value, 0))
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

  it('gives what passed as ids and as messages, which learn as they were sampled', async () => {
    const exported = async <Line>(format: string): Promise<Line[]> => {
      const file = join(root, `${format}.jsonl`)
      const where = [join(root, 'whole'), '--out', file]
      const { code, out } = await icrl('export', ...where, '--format', format, '--json')
      expect(code).toBe(0)
      const lines = (await readFile(file, 'utf8')).trim().split('\n')
      expect(JSON.parse(out)).toMatchObject({ samples: STEPS * 32, passed: lines.length })
      return lines.map((line) => JSON.parse(line))
    }
    const ids = await exported<ExportedIds>('ids')
    const messages = await exported<{ id: string; messages: object[] }>('messages')
    expect(ids.length).toBeGreaterThan(0)
    const said = ['begin', 'left', 'then', 'right']
    for (const [i, line] of messages.entries()) {
      expect(line.id).toBe(ids[i].id)
      expect(line.messages).toEqual(
        said.map((content, t) => ({ role: t % 2 ? 'assistant' : 'user', content })),
      )
    }
    const stored = readSamples(join(root, 'whole'), STEPS - 1)
    for await (const { id, success, trainedUnder, response, mask } of stored)
      if (success)
        expect(ids.find((line) => line.id === id)).toMatchObject({
          prompt: Array.from(trainedUnder),
          response: Array.from(response),
          mask: Array.from(mask),
        })
    // Learned from nothing but these lines, a fresh model passes.
    expect(await passesAfter(ids)).toBeGreaterThan(0.9)
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
