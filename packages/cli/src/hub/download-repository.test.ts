import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isIcrlError } from '@icrl/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { COMMIT, type HubServer, hubServer, type HubServerOptions } from '../../test/hub-server.ts'
import { missingContents, planDownload, runDownload } from './download-repository.ts'
import type { DownloadChoice, DownloadOptions } from './download-repository.ts'
import { cachedSnapshot, repositoryFolders } from './hub-cache.ts'
import type { HubSettings } from './hub-settings.ts'
import { parseHubName } from './hub-name.ts'

const NAME = 'tiny/model'
const WEIGHTS = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']
const needed = {
  'config.json': Buffer.from('{"model_type":"qwen3"}'),
  'generation_config.json': Buffer.from('{}'),
  'tokenizer.json': Buffer.alloc(5_000, 'x'),
  'tokenizer_config.json': Buffer.from('{}'),
  'chat_template.jinja': Buffer.from('{{ messages }}'),
  'model.safetensors.index.json': Buffer.from('{"weight_map":{}}'),
  [WEIGHTS[0]]: randomBytes(40_000),
  [WEIGHTS[1]]: randomBytes(30_000),
}
const repository = {
  '.gitattributes': Buffer.from('*'),
  'README.md': Buffer.from('read me'),
  ...needed,
  'pytorch_model.bin': Buffer.alloc(9_000),
  'onnx/model.onnx': Buffer.alloc(9_000),
  'original/consolidated.00.pth': Buffer.alloc(9_000),
  'model-q4.gguf': Buffer.alloc(9_000),
}
const files = Object.keys(needed).sort()

let cache: string
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'icrl-hub-'))
})
afterEach(() => rm(cache, { recursive: true, force: true }))

const serve = (more: Partial<HubServerOptions> = {}): Promise<HubServer> =>
  hubServer({ repositories: { [NAME]: repository }, ...more })

const settings = ({ url }: HubServer, more: Partial<HubSettings> = {}): HubSettings => ({
  endpoint: url,
  cache,
  offline: false,
  ...more,
})

const quick = { most: 4, firstWaitMs: 5, longestWaitMs: 1_000 }

async function download(
  given: HubSettings,
  choice: DownloadChoice = {},
  options: DownloadOptions = {},
  name = NAME,
): Promise<string> {
  const model = parseHubName(name)
  const plan = await planDownload(given, model, choice, { tries: quick, ...options })
  return runDownload(given, plan, { tries: quick, ...options })
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => (isIcrlError(error) ? `${error.code} ${error.message}` : String(error)),
  )
}

async function filesIn(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort()
}

/** Bytes that were asked for of a file, by where they begin. */
const rangesOf = ({ requests }: HubServer, path: string): string[] =>
  requests
    .filter((request) => request.startsWith('cdn') && request.includes(path))
    .map((request) => /bytes=(\d+)-/.exec(request)?.[1] ?? '0')

describe('a download', () => {
  it('fetches what a model needs, once, and nothing else', async () => {
    await using hub = await serve({ pageSize: 3 })
    const folder = await download(settings(hub))
    expect(folder).toBe(join(repositoryFolders(cache, NAME).snapshots, COMMIT))
    expect(await filesIn(folder)).toEqual(files)
    for (const [path, bytes] of Object.entries(needed))
      expect(await readFile(join(folder, path))).toEqual(bytes)
    expect(await cachedSnapshot(cache, parseHubName(NAME))).toBe(folder)
    expect(await cachedSnapshot(cache, parseHubName(`${NAME}@${COMMIT}`))).toBe(folder)
    expect(await cachedSnapshot(cache, parseHubName(`${NAME}@v2`))).toBeUndefined()
    const asked = hub.requests.filter((request) => request.includes('resolve')).length
    // Two of the files have the same contents.
    expect(asked).toBe(files.length - 1)
    expect(await download(settings(hub))).toBe(folder)
    expect(hub.requests.filter((request) => request.includes('resolve'))).toHaveLength(asked)
  })

  it('says before it begins what it will fetch', async () => {
    await using hub = await serve()
    const plan = await planDownload(settings(hub), parseHubName(NAME))
    expect(plan.files.map(({ path, bytes }) => [path, bytes]).sort()).toEqual(
      Object.entries(needed)
        .map(([path, { length }]) => [path, length])
        .sort(),
    )
    expect(hub.requests.filter((request) => request.includes('resolve'))).toEqual([])
    expect(await filesIn(cache)).toEqual([])
  })

  it('goes on where the connection was cut', async () => {
    await using hub = await serve({
      fault: (path, attempt) => (path === WEIGHTS[0] && attempt < 3 ? 'cut' : undefined),
    })
    const folder = await download(settings(hub))
    expect(await readFile(join(folder, WEIGHTS[0]))).toEqual(needed[WEIGHTS[0]])
    expect(rangesOf(hub, WEIGHTS[0])).toEqual(['0', '20000', '30000'])
  })

  it('gives up on a connection that is cut again and again, and keeps what it has', async () => {
    await using hub = await serve({
      fault: (path, attempt) =>
        path !== WEIGHTS[0] ? undefined : attempt === 1 ? 'cut' : attempt < 5 ? 503 : undefined,
    })
    expect(await failureOf(download(settings(hub), {}, { tries: { ...quick, most: 2 } }))).toMatch(
      /^unavailable tiny\/model: the hub failed \(.* answered 503\)/,
    )
    expect(await cachedSnapshot(cache, parseHubName(NAME))).toBeUndefined()
    await download(settings(hub))
    expect(rangesOf(hub, WEIGHTS[0]).at(-1)).toBe('20000')
  })

  it('goes on after it was stopped, also from a part of an ended process', async () => {
    await using hub = await serve({
      fault: (path, attempt) =>
        path.endsWith('.safetensors') && attempt === 1 ? 'stall' : undefined,
    })
    const stop = new AbortController()
    let came = 0
    const onBytes = (count: number): void => {
      came += count
      if (came > 30_000) stop.abort(new Error('stopped'))
    }
    expect(
      await failureOf(download(settings(hub), {}, { signal: stop.signal, onBytes })),
    ).toContain('stopped')
    const { blobs } = repositoryFolders(cache, NAME)
    const parts = (await readdir(blobs)).filter((name) => name.endsWith('.incomplete'))
    expect(parts.length).toBeGreaterThan(0)
    const plan = await planDownload(settings(hub), parseHubName(NAME))
    const left = missingContents(plan.files).reduce((sum, { bytes }) => sum + bytes, 0)
    let total = 0
    const asked = hub.requests.length
    await download(settings(hub), {}, { onBytes: (count) => (total += count) })
    // Of what was missing, the part that was there is not asked for again.
    expect(total).toBe(left)
    expect(hub.requests.slice(asked).some((request) => / bytes=[1-9]/.test(request))).toBe(true)
    expect((await readdir(blobs)).filter((name) => name.endsWith('.incomplete'))).toEqual([])
  })

  it('takes a whole answer of a server that sends no parts', async () => {
    await using hub = await serve({
      fault: (path, attempt) =>
        path !== WEIGHTS[1] ? undefined : attempt === 1 ? 'cut' : 'no-ranges',
    })
    const folder = await download(settings(hub))
    expect(await readFile(join(folder, WEIGHTS[1]))).toEqual(needed[WEIGHTS[1]])
  })

  it('waits as it is told to, and tries again', async () => {
    await using hub = await serve({ fault: (_, attempt) => (attempt === 1 ? 429 : undefined) })
    expect(await filesIn(await download(settings(hub)))).toEqual(files)
    await using busy = await serve({ fault: () => 429 })
    await rm(cache, { recursive: true })
    expect(await failureOf(download(settings(busy)))).toMatch(/^unavailable .*too many requests/)
  })

  it('refuses contents with another checksum, and leaves none of them', async () => {
    await using hub = await serve()
    const plan = await planDownload(settings(hub), parseHubName(NAME))
    for (const wrong of ['config.json', WEIGHTS[0]]) {
      const file = plan.files.find(({ path }) => path === wrong)!
      const checksum = { ...file.checksum, value: 'f'.repeat(40) }
      const changed = { ...plan, files: [{ ...file, checksum }] }
      const failed = runDownload(settings(hub), changed)
      expect(await failureOf(failed)).toMatch(/^corrupt-file .*another checksum than the hub says/)
      expect(existsSync(plan.folder)).toBe(false)
      expect(await filesIn(cache)).toEqual([])
    }
  })

  it.skipIf(!existsSync('/dev/full'))('names a full disk, and completes nothing', async () => {
    await using hub = await serve()
    const plan = await planDownload(settings(hub), parseHubName(NAME))
    const { blobs } = repositoryFolders(cache, NAME)
    await mkdir(blobs, { recursive: true })
    const { to } = plan.files.find(({ path }) => path === WEIGHTS[0])!
    await symlink('/dev/full', `${to}.incomplete`)
    expect(await failureOf(runDownload(settings(hub), plan))).toMatch(/^write-failed .*ENOSPC/)
    expect(existsSync(plan.folder)).toBe(false)
  })

  it('refuses what is larger than the disk before it begins', async () => {
    await using hub = await serve()
    const plan = await planDownload(settings(hub), parseHubName(NAME))
    const huge = plan.files.map((file) => ({ ...file, bytes: 1e18 }))
    expect(await failureOf(runDownload(settings(hub), { ...plan, files: huge }))).toMatch(
      /^write-failed .* are to be downloaded, .* are free/,
    )
  })

  it('makes a folder of its own, complete or not at all', async () => {
    await using hub = await serve({
      fault: (path, attempt) => (path === WEIGHTS[1] && attempt < 5 ? 500 : undefined),
    })
    const to = join(cache, 'models', 'mine')
    expect(await failureOf(download(settings(hub), { to }))).toMatch(/^unavailable/)
    expect(existsSync(to)).toBe(false)
    expect(await download(settings(hub), { to })).toBe(to)
    expect(await filesIn(to)).toEqual(files)
    expect(await readdir(join(cache, 'models'))).toEqual(['mine'])
    expect(await failureOf(download(settings(hub), { to }))).toMatch(
      /^invalid-option .*exists already/,
    )
  })

  it('fetches what it is told to', async () => {
    await using hub = await serve()
    const to = join(cache, 'some')
    expect(
      await filesIn(await download(settings(hub), { to, include: ['*.md', 'onnx/*'] })),
    ).toEqual(['README.md', 'onnx/model.onnx'])
    expect(await failureOf(download(settings(hub), { include: ['*.zip'] }))).toMatch(
      /^missing-file .*none of its 14 files matches \*\.zip/,
    )
  })
})

describe('a repository', () => {
  it('is asked for with the token, which no other server gets', async () => {
    const gated = { [NAME]: { token: 'secret', accepted: true } }
    await using hub = await serve({ gated })
    expect(await failureOf(download(settings(hub)))).toMatch(
      /^unavailable .*accepted its terms .*answered 401.*HF_TOKEN/s,
    )
    await download(settings(hub, { token: 'secret' }))
    const withToken = hub.requests.filter((request) => request.endsWith('token'))
    expect(withToken.length).toBeGreaterThan(files.length)
    expect(withToken.every((request) => request.startsWith('hub'))).toBe(true)
  })

  it('that is gated says where to accept its terms', async () => {
    await using hub = await serve({ gated: { [NAME]: { token: 'secret', accepted: false } } })
    expect(await failureOf(download(settings(hub, { token: 'secret' })))).toContain(
      `Accept them at ${hub.url}/${NAME}`,
    )
  })

  it.each([
    ['other/model', {}, /^missing-file other\/model: there is no such repository.*401/],
    [`${NAME}@v2`, {}, /^missing-file tiny\/model: it has no such revision/],
    [NAME, { offline: true }, /^unavailable tiny\/model is not to be asked for/],
    [
      NAME,
      { endpoint: 'http://127.0.0.1:9' },
      /^unavailable http:\/\/127.0.0.1:9 cannot be reached/,
    ],
    [NAME, { endpoint: 'hub.example' }, /^invalid-option HF_ENDPOINT is "hub.example", which/],
    [NAME, { endpoint: 'file:hub' }, /^invalid-option HF_ENDPOINT is "file:hub", which/],
  ])('%s with %o is refused by name', async (name, more, message) => {
    await using hub = await serve()
    expect(await failureOf(download(settings(hub, more), {}, {}, name))).toMatch(message)
  })

  it('without safetensors is refused before anything is fetched', async () => {
    const { 'pytorch_model.bin': bin, 'config.json': config } = repository
    await using hub = await serve({
      repositories: { [NAME]: { 'pytorch_model.bin': bin, 'config.json': config } },
    })
    expect(await failureOf(download(settings(hub)))).toMatch(
      /^unsupported tiny\/model has no weights as safetensors .*but pytorch_model\.bin/,
    )
  })

  it.each(['../evil.json', '/etc/passwd', 'a/../../b', 'C:\\b'])(
    'with the path %s is refused',
    async (path) => {
      await using hub = await serve({ repositories: { [NAME]: { [path]: Buffer.from('x') } } })
      expect(await failureOf(download(settings(hub), { include: ['*'] }))).toMatch(/^corrupt-file/)
    },
  )

  it('has one set of weights, the whole one if there are both', async () => {
    const both = { ...repository, 'model.safetensors': randomBytes(3_000) }
    await using hub = await serve({ repositories: { [NAME]: both } })
    const names = await filesIn(await download(settings(hub)))
    expect(names.filter((name) => name.includes('safetensors'))).toEqual(['model.safetensors'])
  })
})

describe('a name', () => {
  it.each(['a/b/c', '../b', 'a b/c', 'owner/', '', 'a--b/c', 'x/y@', 'x/y@../z'])(
    '%j is refused',
    async (name) => {
      expect(() => parseHubName(name)).toThrow(
        /not the name of a repository of the Hugging Face hub/,
      )
    },
  )

  it('may carry a revision', () => {
    expect(parseHubName('hf:Qwen/Qwen3-0.6B@refs/pr/1')).toEqual({
      type: 'model',
      repository: 'Qwen/Qwen3-0.6B',
      revision: 'refs/pr/1',
    })
  })
})

it('goes on with no part of a running process', async () => {
  await using hub = await serve()
  const plan = await planDownload(settings(hub), parseHubName(NAME))
  const { to } = plan.files.find(({ path }) => path === WEIGHTS[0])!
  await mkdir(repositoryFolders(cache, NAME).blobs, { recursive: true })
  const part = `${to}.${process.ppid}.incomplete`
  await writeFile(part, 'of another process')
  await runDownload(settings(hub), plan)
  expect(await readFile(part, 'utf8')).toBe('of another process')
})
