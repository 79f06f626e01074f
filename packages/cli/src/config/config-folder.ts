import { AsyncLocalStorage } from 'node:async_hooks'
import { dirname, resolve } from 'node:path'

/** One for all copies of this package: a configuration may import another one than runs it. */
const SHARED = Symbol.for('icrl.config-folder')
const shared = globalThis as { [SHARED]?: AsyncLocalStorage<string> }
const folder = (shared[SHARED] ??= new AsyncLocalStorage<string>())

/**
 * Loads a configuration, or calls one of its functions: meanwhile relative paths are relative to the
 * configuration's file, from wherever the command was started.
 */
export function inFolderOf<Result>(file: string, work: () => Result): Result {
  return folder.run(dirname(file), work)
}

/** A path as a configuration means it; elsewhere relative to the current folder. */
export function pathInConfig(path: string): string {
  return resolve(folder.getStore() ?? '.', path)
}
