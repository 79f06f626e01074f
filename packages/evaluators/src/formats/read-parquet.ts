import type * as Hyparquet from 'hyparquet'
import { IcrlError } from '@icrl/core'

/**
 * The rows of a Parquet file, by `hyparquet`, which is loaded when it is first needed. Integers of 64
 * bits become numbers where they are safe.
 *
 * @throws `unsupported` if `hyparquet` is not installed, `corrupt-file` for bytes it cannot read
 * @example
 * import { readFile } from 'node:fs/promises'
 * import { readParquet } from '@icrl/evaluators'
 * const rows = await readParquet(await readFile('gsm8k_mia.parquet'))
 */
export async function readParquet(bytes: Uint8Array): Promise<Record<string, unknown>[]> {
  const { parquetReadObjects } = await hyparquet()
  // A copy: a small Node buffer is a window on a shared one.
  const file = new Uint8Array(bytes).buffer
  try {
    const rows = await parquetReadObjects({ file })
    return rows.map((row) => plain(row) as Record<string, unknown>)
  } catch (cause) {
    throw new IcrlError(`Parquet: ${cause instanceof Error ? cause.message : String(cause)}`, {
      code: 'corrupt-file',
      remedy: 'Give a whole Parquet file, uncompressed or compressed with snappy.',
      cause,
    })
  }
}

async function hyparquet(): Promise<typeof Hyparquet> {
  try {
    return await import('hyparquet')
  } catch (cause) {
    throw new IcrlError('Parquet needs the package hyparquet, which is not installed.', {
      code: 'unsupported',
      remedy: 'npm install hyparquet, or give the file as lines of JSON.',
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
