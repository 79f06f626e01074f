import { readFile } from 'node:fs/promises'
import { IcrlError } from '@icrl/core'
import { readParquet } from '../parquet/read-parquet.ts'
import { type JsonLine, readJsonLines } from './read-json-lines.ts'

/**
 * Rows of a file of data: of Parquet where its name ends in `.parquet`, otherwise lines of JSON
 * (`.jsonl`, `.jsonl.gz`). A Parquet file is read at once; its rows count from 1, as lines do.
 *
 * @throws IcrlError as `readJsonLines` and `readParquet`
 * @example
 * for await (const { value, where } of readRows('train.parquet')) console.log(where, value)
 */
export async function* readRows(path: string): AsyncGenerator<JsonLine, void, void> {
  if (!path.endsWith('.parquet')) return yield* readJsonLines(path)
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new IcrlError(`${path} cannot be read.`, {
      code: 'missing-file',
      remedy: 'Give the path of a Parquet file.',
      cause,
    })
  })
  for (const [i, value] of (await readParquet(bytes, path)).entries())
    yield { value, where: `${path}, row ${i + 1}`, source: JSON.stringify(value), number: i + 1 }
}
