import type { FileHandle } from 'node:fs/promises'
import * as files from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { program, train } from '../src/index.ts'
import { bytesOfProgram, dialProgram, shortProgram } from './dial-program.ts'
import { dialIcrl } from './dial-recipes.ts'
import { dialRun } from './dial-run.ts'
import { scratchFolder } from './scratch-folder.ts'

/** What happens at the given call of a file system function that changes something. */
interface Fault {
  at: number
  kind: 'error' | 'short write' | 'crash after'
}

/**
 * The file system as the trainer meets it: counted, and broken on demand. A crash breaks every
 * later call too.
 */
const disk = vi.hoisted(() => ({
  calls: [] as string[],
  fault: undefined as Fault | undefined,
  crashed: false,
}))

vi.mock('node:fs/promises', async (importOriginal) => {
  const original = await importOriginal<typeof files>()
  const failure = (code: string): Error => Object.assign(new Error(code), { code })
  const faulty = <Arguments extends unknown[], Result>(
    name: string,
    call: (...given: Arguments) => Promise<Result>,
    shorten?: (...given: Arguments) => Promise<unknown>,
  ) => {
    return async (...given: Arguments): Promise<Result> => {
      if (disk.crashed) throw failure('EIO')
      const fault = disk.fault?.at === disk.calls.length ? disk.fault : undefined
      disk.calls.push(name)
      if (!fault) return call(...given)
      if (fault.kind.startsWith('crash')) disk.crashed = true
      if (fault.kind === 'crash after') await closed(await call(...given))
      if (fault.kind === 'short write') await shorten?.(...given)
      throw failure(fault.at % 2 === 0 ? 'EIO' : 'ENOSPC')
    }
  }
  /** A process that has crashed leaves no file open. */
  const closed = async (result: unknown): Promise<void> => {
    if (typeof result === 'object' && result !== null) await (result as FileHandle).close()
  }
  const half = (text: unknown): string => String(text).slice(0, String(text).length >> 1)
  const broken = (file: FileHandle): FileHandle =>
    new Proxy(file, {
      get(target, name) {
        const value = Reflect.get(target, name, target) as unknown
        if (name === 'appendFile')
          return faulty('append', target.appendFile.bind(target), (content) =>
            target.appendFile(half(content)),
          )
        if (name === 'sync') return faulty('sync', target.sync.bind(target))
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  return {
    ...original,
    open: faulty('open', async (...given: Parameters<typeof original.open>) =>
      broken(await original.open(...given)),
    ),
    writeFile: faulty('writeFile', original.writeFile, (path, content) =>
      original.writeFile(path, half(content)),
    ),
    rename: faulty('rename', original.rename),
    mkdir: faulty('mkdir', original.mkdir),
    // Only tidies up: not counted, but a process that has crashed tidies nothing.
    rm: (...given: Parameters<typeof original.rm>): Promise<void> =>
      disk.crashed ? Promise.resolve() : original.rm(...given),
    link: faulty('link', original.link),
  }
})

const short = {
  recipe: dialIcrl({ queries: 1, sessions: 2 }),
  stop: { steps: 2 },
  evaluation: undefined,
  checkpoints: { every: 1 },
} as const
let root: string
beforeEach(async () => {
  disk.fault = undefined
  disk.crashed = false
  root = await scratchFolder('write-failures')
})

/** What a resumed run must repeat. */
async function bytesOf(directory: string): Promise<string[]> {
  return Promise.all(
    [
      'metrics.jsonl',
      'model/table.json',
      'samples/step-00000.jsonl',
      'samples/step-00001.jsonl',
    ].map((name) => files.readFile(join(directory, name), 'utf8')),
  )
}

async function wholeRun(): Promise<{ bytes: string[]; calls: string[] }> {
  disk.calls = []
  await train(dialRun({ ...short, directory: join(root, 'whole') }))
  return { bytes: await bytesOf(join(root, 'whole')), calls: [...disk.calls] }
}

const KINDS = ['error', 'short write', 'crash after'] as const

/**
 * Calls at which a kind of fault is tried: with `npm run test:full` all of them. Otherwise errors and
 * crashes take turns at every `every`th call.
 */
function callsOf(kind: Fault['kind'], calls: readonly string[], every: number): number[] {
  const tried = calls.flatMap((name, at) =>
    kind !== 'short write' || name === 'append' || name === 'writeFile' ? [at] : [],
  )
  if (process.env.ICRL_FULL || kind === 'short write') return tried
  return tried.filter((at) => at % (2 * every) === (kind === 'error' ? 0 : every))
}

describe.each(KINDS)('%s', (kind) => {
  it('at calls of a run is a clear error, and the resumed run repeats the bytes', async () => {
    const { bytes, calls } = await wholeRun()
    expect(calls.length).toBeGreaterThan(40)
    for (const at of callsOf(kind, calls, 2)) {
      const directory = join(root, `fault-${at}`)
      disk.calls = []
      disk.fault = { at, kind }
      disk.crashed = false
      const outcome = await train(dialRun({ ...short, directory })).then(
        () => 'done',
        (error: unknown) => error,
      )
      disk.fault = undefined
      disk.crashed = false
      expect(outcome, `call ${at}, ${calls[at]}`).toMatchObject({ code: 'write-failed' })
      await files.rm(join(directory, 'run.lock'), { force: true })
      await train(dialRun({ ...short, directory, resume: true }))
      expect(await bytesOf(directory), `call ${at}, ${calls[at]}`).toEqual(bytes)
      await files.rm(directory, { recursive: true })
    }
  }, 600_000)

  it('at calls of a program is a clear error, and the resumed program repeats every byte', async () => {
    if (kind === 'short write') return
    disk.calls = []
    await program(dialProgram(join(root, 'whole')), shortProgram)
    const calls = [...disk.calls]
    const bytes = await bytesOfProgram(join(root, 'whole'))
    expect(calls.length).toBeGreaterThan(100)
    for (const at of callsOf(kind, calls, 7)) {
      const directory = join(root, `fault-${at}`)
      disk.calls = []
      disk.fault = { at, kind }
      disk.crashed = false
      const outcome = await program(dialProgram(directory), shortProgram).then(
        () => 'done',
        (error: unknown) => error,
      )
      disk.fault = undefined
      disk.crashed = false
      expect(outcome, `call ${at}, ${calls[at]}`).toMatchObject({ code: 'write-failed' })
      const entries = await files.readdir(root, { recursive: true })
      for (const entry of entries.filter((name) => name.endsWith('run.lock')))
        await files.rm(join(root, entry), { force: true })
      await program(dialProgram(directory, { resume: true }), shortProgram)
      expect(await bytesOfProgram(directory), `call ${at}, ${calls[at]}`).toEqual(bytes)
      await files.rm(directory, { recursive: true })
    }
  }, 600_000)
})
