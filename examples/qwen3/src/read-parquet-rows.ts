import { existsSync } from 'node:fs'
import { IcrlError } from '@icrl/core'

/** A row of a Parquet file: its columns by name. */
export type ParquetRow = Readonly<Record<string, unknown>>

/**
 * The rows of a Parquet file, as `datasets` and pandas write them.
 *
 * @throws IcrlError `missing-file`, `corrupt-file`
 */
export async function readParquetRows(path: string): Promise<ParquetRow[]> {
  if (!existsSync(path))
    throw new IcrlError(`${path}: no such file.`, {
      code: 'missing-file',
      remedy: 'Give the path of a Parquet file.',
    })
  const { asyncBufferFromFile, parquetReadObjects } = await import('hyparquet')
  try {
    return await parquetReadObjects({ file: await asyncBufferFromFile(path) })
  } catch (cause) {
    throw new IcrlError(
      `${path}: not readable as Parquet: ${cause instanceof Error ? cause.message : String(cause)}.`,
      { code: 'corrupt-file', remedy: 'Bring it again: a download may have been cut off.', cause },
    )
  }
}
