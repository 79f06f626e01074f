import { cp, mkdir, mkdtemp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { icrl } from './command-line.ts'
import { jsonConfig, writeAdditions, writeTinyModel } from './tiny-model.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let root: string
let run: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'icrl-damaged-'))
  await writeTinyModel(join(root, 'model'))
  await writeAdditions(join(root, 'train.jsonl'), 2)
  await writeFile(
    join(root, 'run.json'),
    jsonConfig({
      method: { name: 'grpo', tasksPerStep: 1, sessionsPerTask: 2 },
      evaluation: { tasks: 'train.jsonl', every: 1 },
      stop: { steps: 3 },
      roles: {
        solver: { sampling: { maxTokens: 2, temperature: 1 } },
        critic: { sampling: { maxTokens: 2, temperature: 1 } },
      },
    }),
  )
  expect(
    (
      await icrl(
        'train',
        '--config',
        join(root, 'run.json'),
        '--out',
        join(root, 'pristine'),
        '--steps',
        '2',
        '--quiet',
        '--no-report',
      )
    ).code,
  ).toBe(0)
})
afterAll(() => rm(root, { recursive: true, force: true }))
beforeEach(async () => {
  run = join(root, 'run')
  await rm(run, { recursive: true, force: true })
  await cp(join(root, 'pristine'), run, { recursive: true })
})

const at = (...parts: string[]): string => join(run, ...parts)
const damage = async (file: string, change: (text: string) => string): Promise<void> =>
  writeFile(file, change(await readFile(file, 'utf8')))
const flip = async (file: string): Promise<void> => {
  const bytes = await readFile(file)
  bytes[bytes.length >> 1] ^= 1
  await writeFile(file, bytes)
}
/** Said in words, with what to do, and without a stack. */
const refused = async (message: RegExp, ...args: string[]): Promise<void> => {
  const { code, out, err } = await icrl(...args)
  expect({ code, out, err }).toEqual({ code: 1, out: '', err: expect.stringMatching(message) })
  expect(err).toContain('\n→ ')
  expect(err).not.toContain('unexpected error')
}

describe('weights that are not as they were written', () => {
  it('are refused, with the newest whole checkpoint', async () => {
    await flip(at('model', 'model.safetensors'))
    await refused(
      /corrupt-file.*model\.safetensors has another checksum[^]*newest whole checkpoint is step-00002/,
      'sample',
      run,
      'add',
    )
    await refused(/corrupt-file.*model\.safetensors has another checksum/, 'eval', run)
    await flip(at('checkpoints', 'step-00002', 'policies', 'shared', 'model.safetensors'))
    await refused(
      /step-00002.*checksum[^]*newest whole checkpoint is step-00001/,
      'sample',
      run,
      'add',
      '--checkpoint',
      '2',
    )
    await refused(
      /step-00002.*checksum[^]*newest whole checkpoint is step-00001/,
      'train',
      '--out',
      run,
      '--resume',
      '--quiet',
    )
    await truncate(at('checkpoints', 'step-00001', 'state.json'), 10)
    await refused(/state\.json has 10 bytes instead of/, 'replay', run, '--step', '1')
  })
})

describe('lines that are torn', () => {
  it('in the middle are refused by file and line, whoever reads them', async () => {
    await damage(at('metrics.jsonl'), (text) => text.replace('{"step":0', '{"step:0'))
    for (const args of [
      ['compare', run],
      ['report', run],
      ['replay', run, '--step', '1'],
      ['train', '--out', run, '--resume', '--quiet'],
    ])
      await refused(/corrupt-file.*metrics\.jsonl, line 1: /, ...args)
  })

  it('of samples too', async () => {
    await damage(at('samples', 'step-00001.jsonl'), (text) => text.slice(0, text.length >> 2))
    await refused(/corrupt-file.*step-00001\.jsonl, line 1: /, 'replay', run, '--step', '1')
    await rm(at('samples', 'step-00001.jsonl'))
    await refused(
      /missing-file.*step-00001\.jsonl[^]*can be computed again: 0\./,
      'replay',
      run,
      '--step',
      '1',
    )
  })

  it('at the end of the metrics are passed over by readers', async () => {
    await damage(at('metrics.jsonl'), (text) => `${text}{"step":2,"rew`)
    expect((await icrl('compare', run)).code).toBe(0)
    expect(JSON.parse((await icrl('report', run, '--json')).out)).toEqual({
      file: at('report.html'),
      bytes: expect.any(Number),
    })
  })

  it('of a configuration are refused', async () => {
    await damage(at('config.json'), (text) => text.slice(0, 30))
    for (const args of [
      ['eval', run],
      ['replay', run, '--step', '1'],
      ['train', '--out', run, '--resume', '--quiet'],
    ])
      await refused(/corrupt-file.*config\.json is not JSON/, ...args)
  })
})

describe('a run that was moved', () => {
  it('says where its configuration was, and goes on with the same bytes from elsewhere', async () => {
    const moved = join(root, 'deep', 'er', 'run')
    await mkdir(join(root, 'deep', 'er'), { recursive: true })
    await rename(run, moved)
    await refused(
      /was started with .*run\.json, which does not exist[^]*--config FILE/,
      'train',
      '--out',
      moved,
      '--resume',
      '--quiet',
    )
    const args = [
      '--out',
      moved,
      '--resume',
      '--config',
      join(root, 'run.json'),
      '--quiet',
      '--no-report',
      '--json',
    ]
    const { code, out } = await icrl('train', ...args)
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, steps: 2, finished: true })
    expect(
      (await icrl('replay', moved, '--step', '1', '--config', join(root, 'run.json'))).code,
    ).toBe(0)
    expect(await icrl('train', ...args, '--seed', '3')).toMatchObject({
      code: 1,
      err: expect.stringContaining('seed: 0 → 3'),
    })
  })
})

describe('a folder without a run', () => {
  it.each([
    [['compare']],
    [['report']],
    [['replay', '--step', '1']],
    [['sample', 'add']],
    [['eval']],
  ])('is refused by %j', async ([command, ...rest]) => {
    await mkdir(join(root, 'empty'), { recursive: true })
    await refused(/missing-file/, command, join(root, 'empty'), ...rest)
  })
})
