import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { icrl } from './command-line.ts'
import { COMMIT, type HubServer, hubServer, type Repository } from './hub-server.ts'
import { BACKEND, jsonConfig, writeAdditions, writeTinyModel } from './tiny-model.ts'

let root: string
let hub: HubServer
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'icrl-download-'))
  await writeTinyModel(join(root, 'source'))
  hub = await hubServer({ repositories: { 'tiny/model': await contentsOf(join(root, 'source')) } })
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

async function contentsOf(folder: string): Promise<Repository> {
  const names = await readdir(folder)
  const files = names.map(async (name) => [name, await readFile(join(folder, name))] as const)
  return Object.fromEntries(await Promise.all(files))
}

const command = 'icrl download tiny/model'
const snapshot = (): string => join(root, 'home/hub/models--tiny--model/snapshots', COMMIT)

describe('a model of the hub', () => {
  it('that is not there is refused with the command that brings it', async () => {
    for (const name of ['hf:tiny/model', 'tiny/model'])
      expect(await icrl('sample', name, 'add')).toMatchObject({
        code: 1,
        err: expect.stringContaining(command),
      })
    expect(await icrl('download', 'tiny/model', '--offline')).toMatchObject({ code: 1 })
  })

  it('is announced, downloaded, and then used by its name', async () => {
    const dry = await icrl('download', 'tiny/model', '--dry-run')
    expect(dry).toMatchObject({ code: 0, out: `${snapshot()}\n` })
    expect(dry.err).toMatch(
      /^tiny\/model at c0ffee000000: 4 files, \d+\.\d kB, into .*\n.* config\.json/,
    )
    expect(await readdir(root)).not.toContain('home')
    expect(await icrl('download', 'tiny/model')).toMatchObject({ code: 0, out: `${snapshot()}\n` })
    const again = await icrl('download', 'tiny/model', '--json')
    expect(JSON.parse(again.out)).toMatchObject({ commit: COMMIT, bytes: 0, folder: snapshot() })
    vi.stubEnv('HF_HUB_OFFLINE', '1')
    expect((await icrl('download', 'tiny/model')).out).toBe(`${snapshot()}\n`)
    const said = await icrl('sample', 'hf:tiny/model', 'add', '--max-tokens', '3', '--json')
    expect(said.code).toBe(0)
    expect((await icrl('sample', 'tiny/model', 'add', '--max-tokens', '3', '--json')).out).toBe(
      said.out,
    )
  })

  it('is trained, stored by its name, and the run resumed', async () => {
    await writeAdditions(join(root, 'train.jsonl'), 2)
    const method = { name: 'grpo', tasksPerStep: 1, sessionsPerTask: 2 }
    const config = jsonConfig({ model: 'hf:tiny/model', method, evaluation: undefined })
    await writeFile(join(root, 'run.json'), config)
    const out = join(root, 'run')
    const args = ['--backend', BACKEND, '--out', out, '--quiet']
    expect(
      (await icrl('train', '--config', join(root, 'run.json'), '--max-minutes', '1e-9', ...args))
        .code,
    ).toBe(3)
    expect(JSON.parse(await readFile(join(out, 'config.json'), 'utf8')).config.model.path).toBe(
      'hf:tiny/model',
    )
    expect(await icrl('train', '--out', out, '--resume', '--quiet')).toMatchObject({
      code: 0,
      err: '',
    })
  })

  it('is taken from the command line, by train and sft', async () => {
    await writeFile(
      join(root, 'elsewhere.json'),
      jsonConfig({ model: 'nowhere', evaluation: undefined }),
    )
    const model = ['--model', 'tiny/model', '--quiet', '--steps', '1']
    const trained = join(root, 'trained')
    expect(
      await icrl('train', '--config', join(root, 'elsewhere.json'), '--out', trained, ...model),
    ).toMatchObject({ code: 0, err: '' })
    const data = join(root, 'answers.jsonl')
    await writeFile(data, `${JSON.stringify({ question: 'add', answer: 'one' })}\n`)
    const paused = ['sft', '--data', data, '--out', join(root, 'sft'), ...model]
    expect((await icrl(...paused, '--max-minutes', '1e-9')).code).toBe(3)
    expect(await icrl('train', '--out', join(root, 'sft'), '--resume', '--quiet')).toMatchObject({
      code: 0,
      err: '',
    })
  })
})

it('refuses a name that is none, and a folder that exists', async () => {
  expect(await icrl('download', 'a/b/c')).toMatchObject({ code: 2 })
  expect(await icrl('download', 'tiny/model', '--to', root)).toMatchObject({
    code: 2,
    err: expect.stringContaining('exists already'),
  })
})
