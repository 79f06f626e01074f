import { IcrlError } from '@icrl/core'

/** The error of what was called off. */
export function aborted(where: string, cause?: unknown): IcrlError {
  return new IcrlError(`${where}: aborted.`, {
    code: 'aborted',
    remedy: 'Start the episode again if it is still wanted.',
    cause,
  })
}
