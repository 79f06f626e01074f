import type { RunStore } from './run-store.ts'

/**
 * A run folder on disk. `train({ directory })` is short for it.
 *
 * @param directory created if it is not there
 * @returns a store whose `open` throws as `train` says, and `unsupported` in a browser
 * @example
 * import { runFolder, train, type TrainOptions } from '@icrl/trainer'
 * declare const options: TrainOptions
 * await train({ ...options, folder: runFolder('runs/first') })
 */
export function runFolder(directory: string): RunStore {
  return {
    directory,
    // What reads and writes files is loaded here, so that the package can be bundled for a browser.
    open: async (options) => (await import('#files')).openRunFolder(directory, options),
  }
}
