import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { icrl } from './command-line.ts'
import { COMMIT, type HubServer, hubServer } from './hub-server.ts'
import { jsonConfig, writeTinyModel } from './tiny-model.ts'

const sums = (codec: string): Buffer =>
  readFileSync(new URL(`../../environments/test/fixtures/sums-${codec}.parquet`, import.meta.url))
const CARD = `---
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*
  - split: test
    path: test.jsonl
---
`
const TEST = '{"question":"9+9","answer":"18"}\n{"question":" 2+2 ","answer":4}\n'

let root: string
let hub: HubServer
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'icrl-data-'))
  await writeTinyModel(join(root, 'model'))
  const dataset = {
    'README.md': Buffer.from(CARD),
    'data/train-00000-of-00002.parquet': sums('zstd'),
    'data/train-00001-of-00002.parquet': sums('snappy'),
    'test.jsonl': Buffer.from(TEST),
    'other.bin': Buffer.alloc(9_000),
  }
  hub = await hubServer({ repositories: { 'datasets/tiny/sums': dataset } })
})
afterAll(async () => {
  await hub[Symbol.asyncDispose]()
  await rm(root, { recursive: true, force: true })
})
beforeEach(() => {
  vi.stubEnv('HF_ENDPOINT', hub.url)
  vi.stubEnv('HF_HOME', join(root, 'home'))
  for (const name of ['HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE', 'HF_TOKEN', 'HF_HUB_OFFLINE'])
    vi.stubEnv(name, undefined)
})
afterEach(() => void vi.unstubAllEnvs())

const at = (...parts: string[]): string => join(root, ...parts)
const train = (config: string, ...more: string[]): ReturnType<typeof icrl> =>
  icrl('train', '--config', at(config), '--out', at('run'), '--no-report', ...more)
const stored = async (): Promise<{ config: { data: object }; tasks: object }> =>
  JSON.parse(await readFile(at('run', 'config.json'), 'utf8'))
const file = (bytes: number): object => ({
  bytes,
  sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
})

describe('a data set of the hub', () => {
  it('that is not there is refused with the command that brings it', async () => {
    await writeFile(at('hub.json'), jsonConfig({ tasks: 'hf:tiny/sums#train' }))
    const { code, err } = await train('hub.json')
    expect(code).toBe(1)
    expect(err).toContain('icrl download --dataset tiny/sums#train')
    vi.stubEnv('HF_HUB_OFFLINE', '1')
    expect((await icrl('download', '--dataset', 'tiny/sums#train')).err).toContain('switched off')
  })

  it('is downloaded by split, and trained on offline, with its checksums in the run', async () => {
    const brought = await icrl('download', '--dataset', 'tiny/sums#train', '--json')
    expect(brought.code, brought.err).toBe(0)
    expect(JSON.parse(brought.out)).toMatchObject({ repository: 'tiny/sums', commit: COMMIT })
    expect(brought.out).not.toContain('test.jsonl')
    vi.stubEnv('HF_HUB_OFFLINE', '1')
    const small = {
      tasks: 'hf:tiny/sums#train',
      stop: { steps: 1 },
      roles: { solver: { sampling: { maxTokens: 2, temperature: 1 } } },
      method: { name: 'grpo', tasksPerStep: 1, sessionsPerTask: 2 },
    }
    await writeFile(
      at('hub.json'),
      jsonConfig({ ...small, evaluation: { tasks: 'hf:tiny/sums#test' } }),
    )
    expect((await train('hub.json')).err).toContain('icrl download --dataset tiny/sums#test')
    vi.stubEnv('HF_HUB_OFFLINE', undefined)
    await icrl('download', '--dataset', 'tiny/sums', '-q')
    vi.stubEnv('HF_HUB_OFFLINE', '1')
    const { code, err } = await train('hub.json')
    expect(code, err).toBe(0)
    expect(err).toContain('3 of 6 tasks repeat an earlier one, the first of them 4 as 1: "1+1"')
    expect(err).toContain(
      '1 of 2 held-out tasks are trained on, too, the first of them 2 as 2: "2+2"',
    )
    const { config, tasks } = await stored()
    expect(tasks).toMatchObject({ count: 6 })
    expect(config.data).toEqual({
      [`hf:tiny/sums/data/train-00000-of-00002.parquet@${COMMIT}`]: file(sums('zstd').length),
      [`hf:tiny/sums/data/train-00001-of-00002.parquet@${COMMIT}`]: file(sums('snappy').length),
      [`hf:tiny/sums/test.jsonl@${COMMIT}`]: file(TEST.length),
    })
    expect(await readFile(at('run', 'run.log'), 'utf8')).toContain('repeated-1=')
    await rm(at('run'), { recursive: true })
  })

  it('is learned from by icrl sft, and asked for again on resuming', async () => {
    vi.stubEnv('HF_HUB_OFFLINE', '1')
    const learn = ['--model', at('model'), '--out', at('sft'), '--batch', '1', '--epochs', '1']
    const { code, err } = await icrl('sft', ...learn, '--data', 'hf:tiny/sums#test', '-q')
    expect(code, err).toBe(0)
    const { config, tasks } = JSON.parse(await readFile(at('sft', 'config.json'), 'utf8'))
    expect([config.source.file, tasks.count]).toEqual(['hf:tiny/sums#test', 2])
    const more = ['--resume', '--steps', '3', '-q', '--no-report']
    const resumed = await icrl('train', '--out', at('sft'), ...more)
    expect(resumed.code, resumed.err).toBe(0)
  })
})

it('a run whose file of data has changed is not resumed', async () => {
  await writeFile(at('sums.parquet'), sums('zstd'))
  const small = {
    tasks: 'sums.parquet',
    evaluation: { tasks: 'sums.parquet' },
    stop: { steps: 1 },
    roles: { solver: { sampling: { maxTokens: 2, temperature: 1 } } },
    method: { name: 'grpo', tasksPerStep: 1, sessionsPerTask: 2 },
  }
  await writeFile(at('local.json'), jsonConfig(small))
  const { code, err } = await train('local.json', '--quiet')
  expect(code, err).toBe(0)
  expect((await stored()).config.data).toEqual({ 'sums.parquet': file(sums('zstd').length) })
  // The same rows in other bytes: only the file's checksum tells.
  await writeFile(at('sums.parquet'), sums('snappy'))
  for (const again of [
    ['train', '--out', at('run'), '--resume', '--steps', '2', '--quiet', '--no-report'],
    ['replay', at('run'), '--step', '0'],
  ]) {
    const refused = await icrl(...again)
    expect(refused.code).toBe(1)
    expect(refused.err).toMatch(/config\.data\.sums\.parquet\.sha256: "[0-9a-f]+" → "[0-9a-f]+"/)
  }
  await writeFile(at('sums.parquet'), sums('zstd'))
  const resumed = await icrl(
    'train',
    '--out',
    at('run'),
    '--resume',
    '--steps',
    '2',
    '-q',
    '--no-report',
  )
  expect(resumed.code, resumed.err).toBe(0)
})
