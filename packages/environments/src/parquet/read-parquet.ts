import type { Compressors } from 'hyparquet'
import { IcrlError, isIcrlError } from '@icrl/core'

/**
 * The rows of a Parquet file, by `hyparquet`, which is loaded when it is first needed; so is
 * `hyparquet-compressors`, for files that are compressed otherwise than by snappy. Integers of 64
 * bits become numbers where they are safe, and text otherwise.
 *
 * @param where what to call the file in errors
 * @throws `unsupported` if a package is not installed, `corrupt-file` for bytes it cannot read
 * @example
 * import { readFile } from 'node:fs/promises'
 * import { readParquet } from '@icrl/environments/parquet'
 * const rows = await readParquet(await readFile('gsm8k_mia.parquet'))
 */
export async function readParquet(
  bytes: Uint8Array,
  where: string = 'Parquet',
): Promise<Record<string, unknown>[]> {
  const { parquetMetadata, parquetReadObjects } = await installed(
    'hyparquet',
    () => import('hyparquet'),
  )
  // A copy: a small Node buffer is a window on a shared one.
  const file = new Uint8Array(bytes).buffer
  try {
    const metadata = parquetMetadata(file)
    const codecs = metadata.row_groups.flatMap(({ columns }) =>
      columns.map((column) => column.meta_data?.codec),
    )
    const compressors = codecs.every((codec) => codec === 'UNCOMPRESSED' || codec === 'SNAPPY')
      ? undefined
      : await furtherCompressors()
    const rows = await parquetReadObjects({ file, metadata, compressors })
    return rows.map((row) => plain(row) as Record<string, unknown>)
  } catch (cause) {
    if (isIcrlError(cause)) throw cause
    throw new IcrlError(`${where}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      code: 'corrupt-file',
      remedy: 'Give a whole Parquet file: a download may have been cut off.',
      cause,
    })
  }
}

async function furtherCompressors(): Promise<Compressors> {
  const { compressors } = await installed(
    'hyparquet-compressors',
    () => import('hyparquet-compressors'),
  )
  return compressors
}

async function installed<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (cause) {
    throw new IcrlError(`Parquet needs the package ${name}, which is not installed.`, {
      code: 'unsupported',
      remedy: `npm install ${name}, or give the file as lines of JSON.`,
      cause,
    })
  }
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : String(value)
  }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'object' && value !== null && !(value instanceof Date))
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]))
  return value
}
