import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decodeSample, isRebound } from '@icrl/core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { runCommand } from './run-command.ts'

interface Outcome {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

interface Circumstances {
  readonly environment?: Record<string, string>
  /** Once the output holds this, all processes are interrupted, as a terminal does. */
  readonly interruptAt?: string
}

function quickstart(
  args: readonly string[],
  { environment, interruptAt }: Circumstances = {},
): Promise<Outcome> {
  const script = fileURLToPath(new URL('../../../scripts/quickstart.mjs', import.meta.url))
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], {
      env: { ...process.env, ...environment },
      detached: interruptAt !== undefined,
    })
    const outcome = { output: '', errors: '' }
    let isInterrupted = false
    child.stdout.on('data', (data: Buffer) => {
      outcome.output += data
      if (isInterrupted || interruptAt === undefined || !outcome.output.includes(interruptAt))
        return
      isInterrupted = true
      process.kill(-child.pid!, 'SIGINT')
    })
    child.stderr.on('data', (data: Buffer) => (outcome.errors += data))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, ...outcome }))
  })
}

/** The same command in this process, for what it says and does not do. */
async function here(...args: string[]): Promise<Pick<Outcome, 'code' | 'errors'>> {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {})
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {})
  try {
    const code = await runCommand(args)
    return { code, errors: said.mock.calls.flat().map(String).join('\n') }
  } finally {
    said.mockRestore()
    printed.mockRestore()
  }
}

/** Two steps of an arm with critiques: one to interrupt at, another to go on with. */
const TOKENS = '1000'
/** Enough to be right about some and wrong about others. */
const SHORT = ['--tokens', TOKENS, '--questions', '32']
const ARMS = ['icrl', 'grpo', 'icrl-shuffled', 'icrl-replay']
const lines = (path: string): Record<string, number>[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

let folder: string
let first: Outcome
const run = (name: string): string => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'icrl-quickstart-'))
  first = await quickstart(['--out', run('a'), ...SHORT])
}, 120_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('npm run quickstart', () => {
  it('trains four arms and compares them', () => {
    expect(first.errors).toBe('')
    expect(first.code).toBe(0)
    const { methods } = JSON.parse(readFileSync(join(run('a'), 'summary.json'), 'utf8'))
    expect(Object.keys(methods)).toEqual(ARMS)
    for (const arm of ARMS) {
      expect(methods[arm].tokens_sampled).toBeGreaterThanOrEqual(Number(TOKENS))
      expect(methods[arm].eval_initial).toBe(methods.icrl.eval_initial)
      const { evaluation } = JSON.parse(readFileSync(join(run('a'), arm, 'config.json'), 'utf8'))
      expect(evaluation.tasks.count).toBe(32)
      expect(methods[arm].metrics_sha256).toBe(hash(join(run('a'), arm, 'metrics.jsonl')))
    }
  })

  it('samples and trains with the same log-probabilities, and accounts for every token', () => {
    for (const arm of ARMS) {
      for (const metrics of lines(join(run('a'), arm, 'metrics.jsonl'))) {
        expect(metrics['policy/mismatch_max']).toBe(0)
        const parts = ['failed', 'filtered', 'truncated', 'zero_advantage', 'trained'].map(
          (part) => metrics[`ledger/${part}`],
        )
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(metrics['ledger/generated'])
        for (const value of Object.values(metrics)) expect(Number.isFinite(value)).toBe(true)
      }
    }
  })

  it('trains revisions under the critique-free prompt, over the same response', () => {
    const file = readdirSync(join(run('a'), 'icrl', 'samples'))[0]
    const samples = readFileSync(join(run('a'), 'icrl', 'samples', file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => decodeSample(line))
    const rebound = samples.filter(isRebound)
    expect(rebound.length).toBeGreaterThan(0)
    for (const { keys, sampledUnder, trainedUnder, weights } of rebound) {
      expect(keys.role).toBe('solver')
      expect(keys.round).toBe(2)
      expect(sampledUnder.length).toBeGreaterThan(trainedUnder.length)
      expect(weights?.some((weight) => weight !== 1)).toBe(true)
    }
    for (const sample of samples)
      if (!isRebound(sample))
        expect(sample.weights?.every((weight) => weight === 1) ?? true).toBe(true)
  })

  it('gives the same bytes again: side by side, with another number of threads and other instructions, seeds interrupted and gone on with', async () => {
    const options = ['--out', run('seeds'), ...SHORT, '--seeds', '2', '--jobs', '2']
    const environment = {
      ICRL_THREADS: '2',
      ICRL_ISA: process.arch === 'x64' ? 'avx2' : 'scalar',
    }
    // Two runs have begun by then, and one of them has sampled.
    const stopped = await quickstart(options, {
      environment,
      interruptAt: 'icrl          seed 1  ',
    })
    expect(stopped.code).toBe(1)
    expect(stopped.errors).toMatch(
      /checkpoint[^]*Stopped after [0-7] of 8 runs\. Go on with: .* --questions 32 --seed 0 --seeds 2 --resume/,
    )
    const { code, output, errors } = await quickstart([...options, '--resume'], { environment })
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    for (const arm of ARMS)
      for (const file of ['metrics.jsonl', 'model/model.safetensors'])
        expect(hash(join(run('seeds'), arm, 'seed-0', file))).toBe(hash(join(run('a'), arm, file)))
    expect(output).toMatch(/icrl − grpo +-?\d+\.\d% \[/)
    const mixed = await here('--out', run('seeds'), ...SHORT, '--resume')
    expect(mixed.errors).toMatch(/seeds\/icrl holds seeds.*--seeds/)
  }, 240_000)

  it('does not touch a run that is there', async () => {
    const before = hash(join(run('a'), 'icrl', 'metrics.jsonl'))
    for (const seeds of ['1', '2']) {
      const { code, errors } = await here('--out', run('a'), ...SHORT, '--seeds', seeds)
      expect(code).toBe(1)
      expect(errors).toMatch(seeds === '1' ? /--resume|resume/ : /a\/icrl holds a run/)
    }
    expect(hash(join(run('a'), 'icrl', 'metrics.jsonl'))).toBe(before)
  })

  it.each([
    [['--tokns', '5'], /--tokns/],
    [['--backend', 'tpu'], /no backend "tpu"/],
    [['--task', 'chian'], /Did you mean chain\? Use one of chain, small, triple, leak/],
  ])('refuses %j', async (args, reason) => {
    const { code, errors } = await here(...args, '--out', run('refused'))
    expect(code).toBe(1)
    expect(errors).toMatch(reason)
    expect(errors.trim().split('\n')).toHaveLength(1)
    expect(existsSync(run('refused'))).toBe(false)
  })
})
