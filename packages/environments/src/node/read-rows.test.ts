import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { readRows } from './read-rows.ts'

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../test/fixtures/${name}`, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'read-rows-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function valuesOf(path: string): Promise<unknown[]> {
  const values = []
  for await (const { value } of readRows(path)) values.push(value)
  return values
}

describe('rows', () => {
  it.each(['snappy', 'zstd'])('of Parquet compressed by %s are plain objects', async (codec) => {
    expect(await valuesOf(fixture(`sums-${codec}.parquet`))).toEqual([
      { question: '1+1', answer: '2', level: 1, tags: ['easy'] },
      { question: '2+2', answer: '4', level: 2, tags: [] },
      { question: '3+3', answer: '6', level: '1152921504606846976', tags: null },
    ])
  })

  it('name their place, and say their JSON', async () => {
    const path = fixture('sums-zstd.parquet')
    const { value: row } = await readRows(path).next()
    expect(row).toMatchObject({
      where: `${path}, row 1`,
      source: '{"question":"1+1","answer":"2","level":1,"tags":["easy"]}',
      number: 1,
    })
  })

  it('of a file that is cut off or absent are refused by name', async () => {
    const cut = join(folder, 'cut.parquet')
    writeFileSync(cut, readFileSync(fixture('sums-zstd.parquet')).subarray(0, 700))
    await expect(valuesOf(cut)).rejects.toMatchObject({
      code: 'corrupt-file',
      message: expect.stringContaining('cut.parquet'),
    })
    await expect(valuesOf(join(folder, 'no.parquet'))).rejects.toMatchObject({
      code: 'missing-file',
    })
  })

  it('of lines of JSON are those of readJsonLines', async () => {
    const lines = join(folder, 'rows.jsonl')
    writeFileSync(lines, '{"a":1}\n\n{"a":2}\n')
    expect(await valuesOf(lines)).toEqual([{ a: 1 }, { a: 2 }])
  })
})
