import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { readJsonLines, type TornLine } from './read-json-lines.ts'

const folder = mkdtempSync(join(tmpdir(), 'icrl-lines-'))
const file = join(folder, 'lines.jsonl')
afterAll(() => rmSync(folder, { recursive: true }))

async function read(
  content: string | Buffer,
  isLenient = true,
): Promise<{ values: unknown[]; torn?: TornLine }> {
  writeFileSync(file, content)
  let torn: TornLine | undefined
  const values: unknown[] = []
  for await (const value of readJsonLines(
    file,
    isLenient ? { onTorn: (found) => (torn = found) } : {},
  ))
    values.push(value)
  return { values, torn }
}

describe('readJsonLines', () => {
  it('reads nothing from an empty file', async () => {
    expect(await read('')).toEqual({ values: [], torn: undefined })
  })

  it('reads lines, the last one with or without its newline', async () => {
    expect((await read('{"a":1}\n{"a":2}\n')).values).toEqual([{ a: 1 }, { a: 2 }])
    expect((await read('{"a":1}\n{"a":2}')).values).toEqual([{ a: 1 }, { a: 2 }])
  })

  it('passes over a torn last line and says so', async () => {
    expect(await read('{"a":1}\n{"a":2,"b"')).toEqual({
      values: [{ a: 1 }],
      torn: { file, line: 2, bytes: 10 },
    })
  })

  it('takes a line torn inside a character for torn', async () => {
    const { values, torn } = await read(Buffer.from('{"a":1}\n{"text":"é').subarray(0, -1))
    expect(values).toEqual([{ a: 1 }])
    expect(torn?.line).toBe(2)
  })

  it.each([
    ['a torn last line, where nobody asked to be told', '{"a":1}\n{"a', false, 'line 2'],
    ['a damaged line in the middle', '{"a":1}\n{"a\n{"a":3}\n', true, 'line 2'],
    ['a damaged last line that has its newline', '{"a":1}\n{"a\n', true, 'line 2'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d, 0x0a]), true, 'line 1'],
  ])('refuses %s', async (_, content, isLenient, where) => {
    await expect(read(content, isLenient)).rejects.toMatchObject({
      name: 'IcrlError',
      code: 'corrupt-file',
      message: expect.stringContaining(where),
    })
  })

  it('names a file that is missing', async () => {
    await expect(readJsonLines(join(folder, 'none.jsonl')).next()).rejects.toMatchObject({
      code: 'missing-file',
    })
  })

  it('gives back any values, U+2028 in strings included, and across chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.string({ unit: 'grapheme' }),
            fc.constant('\u2028\u2029\r'),
            fc.constant('x'.repeat(70_000)),
          ),
        ),
        async (texts) => {
          expect(
            (await read(texts.map((text) => `${JSON.stringify({ text })}\n`).join(''))).values,
          ).toEqual(texts.map((text) => ({ text })))
        },
      ),
      { numRuns: 40 },
    )
  })

  it('of a file cut at any byte keeps exactly the whole lines', async () => {
    const lines = [0, 1, 2].map((a) => `${JSON.stringify({ a, text: 'wörds' })}\n`)
    const whole = Buffer.from(lines.join(''))
    for (let cut = 0; cut <= whole.length; cut++) {
      const { values } = await read(whole.subarray(0, cut))
      // A line that lacks only its newline is complete: an object ends with its brace.
      const complete = lines.filter(
        (_, i) => Buffer.byteLength(lines.slice(0, i + 1).join('')) - 1 <= cut,
      ).length
      expect(values).toHaveLength(complete)
    }
  })
})
