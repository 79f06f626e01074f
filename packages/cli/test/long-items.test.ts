import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { icrl } from './command-line.ts'
import { BACKEND, jsonConfig, writeAdditions, writeTinyModel } from './tiny-model.ts'

let home: string
let root: string
const at = (...parts: string[]): string => join(root, ...parts)
const LONG = { id: 'long', question: 'x'.repeat(3000), answer: 'one' }

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'icrl-long-'))
  await writeTinyModel(join(home, 'pristine', 'model'))
  for (const name of ['train.jsonl', 'held-out.jsonl']) {
    await writeAdditions(join(home, 'pristine', name), 3)
    const short = await readFile(join(home, 'pristine', name), 'utf8')
    await writeFile(join(home, 'pristine', name), `${short}${JSON.stringify(LONG)}\n`)
  }
})
afterAll(() => rm(home, { recursive: true, force: true }))
beforeEach(async () => {
  root = await mkdtemp(join(home, 'case-'))
  await cp(join(home, 'pristine'), root, { recursive: true })
})

const config = {
  method: { name: 'grpo', tasksPerStep: 2, sessionsPerTask: 2 },
  roles: { solver: { sampling: { maxTokens: 2, temperature: 1 } } },
  evaluation: { tasks: 'held-out.jsonl' },
  stop: { steps: 2 },
}
const lines = async (path: string): Promise<Record<string, unknown>[]> =>
  (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe('a task longer than the model’s context', () => {
  it('fails its own sessions, in training and held out, and is named', async () => {
    await writeFile(at('run.json'), jsonConfig(config))
    const { code, out, err } = await icrl('train', '--config', at('run.json'), '--out', at('r'))
    expect(code, err).toBe(0)
    expect(out).toMatch(/of the 75% of sessions that did not fail/)
    expect(err).toMatch(/2 sessions failed \(50%\)/)
    expect(await readFile(at('r', 'run.log'), 'utf8')).toMatch(
      /session 0 of task "long" failed: .*3\d{3} tokens.*2048/,
    )
    const [untrained] = await lines(at('r', 'metrics.jsonl'))
    expect(untrained).toMatchObject({ 'eval/failed': 1, 'eval/coverage': 0.75 })

    const evaluated = await icrl('eval', at('r'), '--out', at('deep', 'er', 'x.jsonl'))
    expect(evaluated).toMatchObject({
      code: 0,
      out: expect.stringMatching(/1 of 4 sessions failed: 1 before an attempt ended/),
    })
    expect((await lines(at('deep', 'er', 'x.jsonl'))).map(({ task }) => task)).toEqual([
      'sum-0',
      'sum-1',
      'sum-2',
      'long',
    ])
  })

  it('is refused by its line where answers are given, before anything is written', async () => {
    await writeFile(
      at('given.jsonl'),
      [
        { question: 'add', answer: 'one' },
        { question: 'add', answer: 'y'.repeat(200_000) },
        { question: 'x'.repeat(2048), answer: 'one' },
      ]
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    )
    const given = ['--model', at('model'), '--data', at('given.jsonl'), '--backend', BACKEND]
    const { code, err } = await icrl('sft', ...given, '--out', at('s'))
    expect(code).toBe(1)
    expect(err).toMatch(
      /context-exceeded.*given\.jsonl: 2 of 3 conversations .* 2048: line 2 with 200\d{3}, line 3 with \d{4}\.\n→ Shorten or remove/,
    )
    await expect(readFile(at('s', 'config.json'))).rejects.toThrow('ENOENT')
  })
})

describe('sessions written by `icrl eval --out`', () => {
  it('are in the file as they end, whatever happens later', async () => {
    await writeFile(at('run.json'), jsonConfig(config))
    await icrl('train', '--config', at('run.json'), '--out', at('r'), '--quiet', '--no-report')
    const { sessionsFile } = await import('../src/commands/eval/write-sessions.ts')
    const file = sessionsFile(at('new', 'x.jsonl'))
    expect(await readFile(at('new', 'x.jsonl'), 'utf8')).toBe('')
    const session = { task: 'a', session: 0, samples: [], outcomes: [], transcript: [] }
    file.add(session)
    expect(await lines(at('new', 'x.jsonl'))).toMatchObject([{ task: 'a' }])
    file.finish([{ ...session, task: 'b' }, session])
    expect(await lines(at('new', 'x.jsonl'))).toMatchObject([{ task: 'b' }, { task: 'a' }])
  })

  it('cannot be written to a folder’s path: refused before anything is sampled', async () => {
    await writeFile(at('run.json'), jsonConfig(config))
    await icrl('train', '--config', at('run.json'), '--out', at('r'), '--quiet', '--no-report')
    const { LocalPolicy } = await import('@icrl/backbone')
    const sample = vi.spyOn(LocalPolicy.prototype, 'sample')
    const { code, err } = await icrl('eval', at('r'), '--out', at('model'))
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringMatching(/write-failed.*--out: .*model cannot be written/),
    })
    expect(sample).not.toHaveBeenCalled()
    sample.mockRestore()
  })
})
