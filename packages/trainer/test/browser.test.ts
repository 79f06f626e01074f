import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext, runInNewContext } from 'node:vm'
import { build } from 'tsup'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryRun, train } from '../src/index.ts'
import * as page from './browser-run.ts'
import { dialRun } from './dial-run.ts'
import { scratchFolder } from './scratch-folder.ts'

type Page = typeof page

interface Metafile {
  readonly inputs: Readonly<
    Record<string, { readonly imports: readonly { readonly path: string }[] }>
  >
}

let root: string
let script: string
let metafile: Metafile
beforeAll(async () => {
  root = await scratchFolder('browser')
  await build({
    entry: { page: fileURLToPath(new URL('browser-run.ts', import.meta.url)) },
    config: false,
    silent: true,
    outDir: root,
    format: 'iife',
    globalName: 'page',
    platform: 'browser',
    target: 'es2022',
    noExternal: [/.*/],
    metafile: true,
    esbuildOptions: (options) => {
      options.conditions = ['@icrl/source', 'browser']
    },
  })
  script = await readFile(join(root, 'page.global.js'), 'utf8')
  metafile = JSON.parse(await readFile(join(root, 'metafile-iife.json'), 'utf8')) as Metafile
}, 60_000)
afterAll(() => rm(root, { recursive: true, force: true }))

/** What a page runs first in a browser that has not these two symbols, as Safari. */
const symbols =
  'for (const name of ["dispose", "asyncDispose"]) Symbol[name] ??= Symbol.for(`Symbol.${name}`)'

/** The bundle's functions, in a world with what a page has and nothing of Node. */
function onPage(first = symbols): Page {
  const context = createContext({
    crypto,
    performance,
    TextEncoder,
    TextDecoder,
    AbortController,
    AbortSignal,
    setTimeout,
    clearTimeout,
    queueMicrotask,
  })
  runInContext(first, context)
  runInContext(script, context)
  return runInContext('page', context) as Page
}

describe('in a browser', () => {
  it('the bundle has no module of Node', () => {
    const imported = Object.values(metafile.inputs).flatMap(({ imports }) =>
      imports.map(({ path }) => path),
    )
    expect(imported.length).toBeGreaterThan(50)
    expect(imported.filter((path) => path.startsWith('node:'))).toEqual([])
    expect(Object.keys(metafile.inputs).some((path) => path.includes('no-files'))).toBe(true)
  })

  it('a table policy learns, with the bytes of the same run in Node', async () => {
    const files = await onPage().browserRun()
    expect(Object.keys(files).sort()).toEqual([
      'config.json',
      'evaluations/step-00000.jsonl',
      'evaluations/step-00005.jsonl',
      'evaluations/step-00010.jsonl',
      'metrics.jsonl',
      ...Array.from({ length: 10 }, (_, step) => `samples/step-0000${step}.jsonl`),
      'summary.json',
      'timing.jsonl',
    ])
    const summary = JSON.parse(files['summary.json'])
    expect(summary.eval_final).toBeGreaterThan(summary.eval_initial + 0.1)
    const inNode = await page.browserRun()
    for (const [name, content] of Object.entries(inNode))
      if (name !== 'timing.jsonl' && name !== 'summary.json')
        expect(files[name], name).toBe(content)
    expect(summary.metrics_sha256).toBe(JSON.parse(inNode['summary.json']).metrics_sha256)
  })

  // Node 24 has them in every page, as browsers of 2025 do.
  const hasSymbols = runInNewContext("'dispose' in Symbol") as boolean
  it.skipIf(hasSymbols)('without the symbols of disposal is refused, with the line', async () => {
    await expect(onPage('').browserRun()).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining(symbols),
    })
  })

  it('a folder on disk is refused, with what to use', async () => {
    await expect(
      onPage().browserRun({ directory: 'runs/first', folder: undefined }),
    ).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/run folder runs\/first needs a file system.*memoryRun\(\)/),
    })
  })

  it('a program is refused, too', async () => {
    await expect(onPage().browserProgram()).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('the program in runs/staged needs a file system'),
    })
  })
})

describe('a run in memory', () => {
  it('has the bytes of one in a folder', async () => {
    const folder = memoryRun()
    await train(dialRun({ folder }))
    const directory = join(root, 'same')
    await train(dialRun({ directory }))
    for (const [name, content] of folder.files)
      if (name !== 'timing.jsonl' && name !== 'summary.json')
        expect(content, name).toBe(await readFile(join(directory, name), 'utf8'))
    const { wall_seconds: _, ...inMemory } = JSON.parse(folder.files.get('summary.json')!)
    const { wall_seconds: __, ...onDisk } = JSON.parse(
      await readFile(join(directory, 'summary.json'), 'utf8'),
    )
    expect(inMemory).toEqual(onDisk)
  })

  it('is one run: another is refused, and resuming begins anew', async () => {
    const folder = memoryRun()
    await train(dialRun({ folder, stop: { steps: 2 } }))
    const first = new Map(folder.files)
    await expect(train(dialRun({ folder, stop: { steps: 2 } }))).rejects.toMatchObject({
      code: 'run-conflict',
      message: expect.stringContaining('already holds a run'),
    })
    expect(folder.files).toEqual(first)
    await train(dialRun({ folder, resume: true, stop: { steps: 2 } }))
    expect(folder.files.get('metrics.jsonl')).toBe(first.get('metrics.jsonl'))
    await using _held = await folder.open({ config: {}, resume: true })
    await expect(train(dialRun({ folder, resume: true }))).rejects.toThrow('is in use')
  })

  it('that fails in its first step holds nothing', async () => {
    const folder = memoryRun()
    const onSession = (): void => {
      throw new Error('stop here')
    }
    await expect(train(dialRun({ folder, onSession }))).rejects.toThrow('stop here')
    expect(folder.files.size).toBe(0)
  })

  it('and a folder are two places for one run: refused', async () => {
    await expect(
      train(dialRun({ folder: memoryRun(), directory: join(root, 'two') })),
    ).rejects.toThrow('directory and folder are both given')
  })
})
