import { IcrlError } from '@icrl/core'
import type { ProgramResult } from './program/program-options.ts'
import type { OpenedRun } from './run/run-store.ts'

/**
 * Stands in a browser's bundle for what opens run folders.
 *
 * @throws `unsupported`
 */
export async function openRunFolder(directory: string): Promise<OpenedRun> {
  return unsupported(
    `the run folder ${directory}`,
    'Leave `directory` out, or give `folder: memoryRun()`.',
  )
}

/**
 * Stands in a browser's bundle for what runs programs.
 *
 * @throws `unsupported`
 */
export async function runProgram({
  directory,
}: {
  readonly directory: string
}): Promise<ProgramResult> {
  return unsupported(`the program in ${directory}`, 'Call `train` once for each stage.')
}

function unsupported(what: string, remedy: string): never {
  throw new IcrlError(`${what} needs a file system, which a browser lacks.`, {
    code: 'unsupported',
    remedy,
  })
}
