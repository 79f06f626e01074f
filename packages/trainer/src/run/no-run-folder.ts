import { IcrlError } from '@icrl/core'
import type { OpenedRun, OpenRunOptions } from './run-store.ts'

/**
 * What stands in a browser's bundle for the code that reads and writes folders.
 *
 * @throws `unsupported`
 */
export async function openRunFolder(
  directory: string,
  _options: OpenRunOptions,
): Promise<OpenedRun> {
  throw new IcrlError(`the run folder ${directory} needs a file system, which a browser lacks.`, {
    code: 'unsupported',
    remedy: 'Leave `directory` out, or give `folder: memoryRun()`.',
  })
}
