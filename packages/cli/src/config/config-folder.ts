import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** Bytes of a file of data, for the record of a run. */
export interface DataFile {
  readonly bytes: number
  readonly sha256: string
}

interface ConfigFolder {
  readonly folder: string
  /** What the configuration has read, by name. */
  readonly data: Map<string, DataFile>
}

interface Shared {
  readonly current: AsyncLocalStorage<ConfigFolder>
  /** By configuration file: an import is evaluated once, and what it read then still counts. */
  readonly data: Map<string, Map<string, DataFile>>
}

/** One for all copies of this package: a configuration may import another one than runs it. */
const SHARED = Symbol.for('icrl.config-folder')
const shared = ((globalThis as { [SHARED]?: Shared })[SHARED] ??= {
  current: new AsyncLocalStorage<ConfigFolder>(),
  data: new Map(),
})

/**
 * Loads a configuration, or calls one of its functions: meanwhile relative paths are relative to the
 * configuration's file, from wherever the command was started, and files of data are recorded.
 */
export function inFolderOf<Result>(file: string, work: () => Result): Result {
  const data = shared.data.get(file) ?? new Map<string, DataFile>()
  shared.data.set(file, data)
  return shared.current.run({ folder: dirname(file), data }, work)
}

/** A path as a configuration means it; elsewhere relative to the current folder. */
export function pathInConfig(path: string): string {
  return resolve(shared.current.getStore()?.folder ?? '.', path)
}

/**
 * Records that the configuration under way reads a file of data, with its checksum.
 *
 * @param name what to call it; default: its path relative to the configuration's file
 */
export async function recordData(path: string, name?: string): Promise<void> {
  const current = shared.current.getStore()
  if (current === undefined) return
  const hash = createHash('sha256')
  let bytes = 0
  await pipeline(createReadStream(path), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk)
      bytes += chunk.length
    }
  })
  const called = name ?? relative(current.folder, path).replaceAll('\\', '/')
  current.data.set(called, { bytes, sha256: hash.digest('hex') })
}

/** The files of data that a configuration has read, by name in order; undefined if none. */
export function dataOf(file: string): Readonly<Record<string, DataFile>> | undefined {
  const data = [...(shared.data.get(file) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
  return data.length === 0 ? undefined : Object.fromEntries(data)
}
