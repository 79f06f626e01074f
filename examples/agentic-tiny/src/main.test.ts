import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
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

function start(...args: string[]): Promise<Outcome> {
  const script = fileURLToPath(new URL('./main.ts', import.meta.url))
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [
      '--conditions=@icrl/source',
      '--import',
      'tsx',
      script,
      ...args,
    ])
    const outcome = { output: '', errors: '' }
    child.stdout.on('data', (data: Buffer) => (outcome.output += data))
    child.stderr.on('data', (data: Buffer) => (outcome.errors += data))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, ...outcome }))
  })
}

const ARMS = ['icrl', 'grpo']

let folder: string
let short: Outcome
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'icrl-agentic-'))
  short = await start('--out', join(folder, 'a'), '--tokens', '1000')
}, 240_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

const lines = (...path: string[]): string[] =>
  readFileSync(join(folder, 'a', ...path), 'utf8')
    .trim()
    .split('\n')

describe('the agentic example', () => {
  it('trains both arms at equal tokens and compares them', () => {
    expect([short.code, short.errors]).toEqual([0, ''])
    expect(short.output).toMatch(/icrl +\d+\.\d% +\d+\.\d%/)
    const { methods } = JSON.parse(readFileSync(join(folder, 'a', 'summary.json'), 'utf8'))
    expect(Object.keys(methods)).toEqual(ARMS)
    for (const arm of ARMS) expect(methods[arm].tokens_sampled).toBeGreaterThanOrEqual(1000)
    expect(methods.icrl.eval_initial).toBe(methods.grpo.eval_initial)
    expect(methods.icrl.eval_initial).toBeLessThan(0.3)
  })

  it('starts where a critique helps and a blind group fails', () => {
    const conditions: Record<string, number[]> = {}
    for (const line of lines('icrl', 'evaluations', 'step-00000.jsonl')) {
      const { condition, success } = JSON.parse(line)
      ;(conditions[condition] ??= []).push(success ? 1 : 0)
    }
    const rate = (name: string): number =>
      conditions[name].reduce((sum, one) => sum + one, 0) / conditions[name].length
    expect(conditions.critique_free.length % 64).toBe(0)
    expect(rate('with_critique')).toBeGreaterThan(rate('plain_retry'))
  })

  it('samples and trains with the same log-probabilities, and accounts for every token', () => {
    for (const arm of ARMS) {
      for (const metrics of lines(arm, 'metrics.jsonl').map((line) => JSON.parse(line))) {
        expect(metrics['policy/mismatch_max']).toBe(0)
        expect(metrics['ledger/failed']).toBe(0)
        expect(
          ['filtered', 'truncated', 'zero_advantage', 'trained'].reduce(
            (sum, part) => sum + metrics[`ledger/${part}`],
            0,
          ),
        ).toBe(metrics['ledger/generated'])
      }
    }
  })

  it('masks what TextCraft says, and trains revisions without their tips', () => {
    const samples = readdirSync(join(folder, 'a', 'icrl', 'samples')).flatMap((name) =>
      lines('icrl', 'samples', name).map((line) => decodeSample(line)),
    )
    const attempts = samples.filter(({ keys }) => keys.role === 'solver')
    expect(attempts.some(({ mask }) => mask.includes(0))).toBe(true)
    for (const { mask, behaviorLogprobs } of attempts)
      expect(behaviorLogprobs.every((value, t) => mask[t] === 1 || value === 0)).toBe(true)
    const revisions = samples.filter(isRebound)
    expect(revisions.length).toBeGreaterThan(0)
    for (const { keys } of revisions) expect(keys).toMatchObject({ role: 'solver', round: 2 })
    const learned = revisions.filter(({ reward }) => reward === 1)
    expect(learned.length).toBeGreaterThan(0)
    // Where it names a material it was told, the solver leans on the tips.
    for (const { weights } of learned) expect(Math.min(...weights!)).toBeLessThan(0.5)
  })

  it('writes a page in which sessions can be read', () => {
    const page = readFileSync(join(folder, 'a', 'report.html'), 'utf8')
    expect(page).toContain('TextCraft in miniature')
    expect(page).toContain('hemp')
  })

  it.each([
    [['--tokens', 'many'], /--tokens is "many"/],
    [['--arms', 'ppo'], /--arms names "ppo"/],
    [['--tokns', '5'], /--tokns.*See --help/],
  ])('refuses %j', async (args, reason) => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {})
    expect(await runCommand([...args, '--out', join(folder, 'refused')])).toBe(1)
    const errors = said.mock.calls.flat().map(String).join('\n')
    said.mockRestore()
    expect(errors).toMatch(reason)
    expect(errors.trim().split('\n')).toHaveLength(1)
  })
})
