import { readFile } from 'node:fs/promises'
import { IcrlError, isIcrlError } from '@icrl/core'
import { readParquet } from '@icrl/evaluators'

/**
 * The rows of a Parquet file, as `datasets` and pandas write them.
 *
 * @throws IcrlError `missing-file`, `corrupt-file` naming the file
 */
export async function readParquetRows(path: string): Promise<Record<string, unknown>[]> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new IcrlError(`${path} cannot be read.`, {
      code: 'missing-file',
      remedy: 'Give the path of a Parquet file.',
      cause,
    })
  })
  try {
    return await readParquet(bytes)
  } catch (cause) {
    if (!isIcrlError(cause, 'corrupt-file')) throw cause
    throw new IcrlError(`${path}: not readable as Parquet.`, {
      code: 'corrupt-file',
      remedy: 'Bring it again: a download may have been cut off.',
      cause,
    })
  }
}
