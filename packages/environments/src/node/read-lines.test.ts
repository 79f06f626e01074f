import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { isIcrlError } from '@icrl/core'
import fc from 'fast-check'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { decodeText } from './decode-text.ts'
import { readJson } from './read-json.ts'
import { readJsonLines } from './read-json-lines.ts'
import { readLines } from './read-lines.ts'

const folder = mkdtempSync(join(tmpdir(), 'read-lines-'))
afterAll(() => rmSync(folder, { recursive: true }))

function write(content: string | Uint8Array, name = 'file.jsonl'): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = []
  for await (const item of items) found.push(item)
  return found
}

const linesOf = (content: string | Uint8Array, name?: string): Promise<string[]> =>
  all(readLines(write(content, name)))

async function failureOf(action: () => Promise<unknown>): Promise<string> {
  const error: unknown = await action().catch((caught: unknown) => caught)
  return isIcrlError(error) ? `${error.code} ${error.message}` : `none: ${String(error)}`
}

describe('readLines', () => {
  it.each<[string, string, string[]]>([
    ['a mark before the first line alone', '\ufeffa\n\ufeffb', ['a', '\ufeffb']],
    ['line ends of Windows', 'a\r\n\r\nb\r\n', ['a', '', 'b']],
    ['a carriage return within a line', 'a\rb\n', ['a\rb']],
    ['no end of the last line', 'a\nb', ['a', 'b']],
    ['line separators of Unicode', '"a\u2028b\u2029c\u0085d"\n', ['"a\u2028b\u2029c\u0085d"']],
    ['a replacement character of its own', 'a\ufffdb\n', ['a\ufffdb']],
    ['nothing', '', []],
    ['a mark alone', '\ufeff', ['']],
  ])('takes %s', async (_, content, lines) => {
    expect(await linesOf(content)).toEqual(lines)
    expect(await linesOf(gzipSync(content), 'file.gz')).toEqual(lines)
  })

  it('cuts where split does, wherever the chunks of the file end', async () => {
    const part = fc.constantFrom('a', 'é', '東', '😀', '\n', '\r\n', '\u2028', 'x'.repeat(40_000))
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 12 }), async (parts) => {
        const text = parts.join('')
        const lines = text.split('\n').map((line) => line.replace(/\r$/, ''))
        if (lines.at(-1) === '') lines.pop()
        expect(await linesOf(text)).toEqual(lines)
      }),
      { numRuns: 40 },
    )
  })

  it.each<[string, Uint8Array, RegExp]>([
    [
      'Latin-1',
      Buffer.from('{"q":"a"}\n{"q":"caf\xe9"}\n', 'latin1'),
      /^corrupt-file .*file.jsonl, line 2: not UTF-8 text: byte 10 is 0xe9, as in Latin-1/,
    ],
    [
      'Latin-1 behind a replacement character',
      Buffer.concat([Buffer.from('\ufffd é '), Buffer.of(0xe9, 0x20)]),
      /line 1: not UTF-8 text: byte 8 is 0xe9/,
    ],
    ['UTF-16', Buffer.from('\ufeff{}', 'utf16le'), /line 1: .* first bytes are those of UTF-16/],
    ['a character cut off', Buffer.of(0x61, 0xe6, 0x9d), /line 1: not UTF-8 text: byte 2 is 0xe6/],
  ])('refuses %s by name', async (_, bytes, message) => {
    expect(await failureOf(() => linesOf(bytes))).toMatch(message)
  })

  it('names a file that is missing, a folder, and one that was cut off', async () => {
    const nowhere = join(folder, 'nowhere')
    expect(await failureOf(() => all(readLines(nowhere)))).toMatch(
      /^missing-file .*nowhere: no such file/,
    )
    expect(await failureOf(() => all(readLines(`${nowhere}.gz`)))).toMatch(/^missing-file/)
    expect(await failureOf(() => all(readLines(folder)))).toMatch(
      /^missing-file .* is a folder, not a file/,
    )
    const cut = gzipSync('a line\n'.repeat(1000)).subarray(0, 30)
    expect(await failureOf(() => linesOf(cut, 'cut.gz'))).toMatch(/^corrupt-file .*cut.gz: /)
  })

  it('handles every byte of a long line once, not once per chunk', async () => {
    const size = 8 * 1024 * 1024
    const path = write(`${'é'.repeat(size / 2)}\nshort\n`)
    let bytes = 0
    const { concat } = Buffer
    const { decode } = TextDecoder.prototype
    const { split } = String.prototype
    const spies = [
      vi.spyOn(Buffer, 'concat').mockImplementation((list, length) => {
        const joined = concat(list, length)
        bytes += joined.length
        return joined
      }),
      vi.spyOn(TextDecoder.prototype, 'decode').mockImplementation(function (
        this: InstanceType<typeof TextDecoder>,
        ...args
      ) {
        bytes += args[0]?.byteLength ?? 0
        return decode.apply(this, args)
      }),
      vi.spyOn(String.prototype, 'split').mockImplementation(function (this: string, ...args) {
        bytes += this.length
        return split.apply(this, args as Parameters<typeof split>)
      }),
    ]
    try {
      const lines = await all(readLines(path))
      expect(lines.map((line) => line.length)).toEqual([size / 2, 5])
    } finally {
      for (const spy of spies) spy.mockRestore()
    }
    expect(bytes).toBeGreaterThan(size)
    expect(bytes).toBeLessThan(3 * size)
  })
})

describe('readJsonLines', () => {
  const valuesOf = async (content: string): Promise<unknown[]> =>
    (await all(readJsonLines(write(content)))).map(({ value }) => value)

  it('takes a mark, line ends of Windows, empty lines and U+2028 inside text', async () => {
    expect(await valuesOf('\ufeff{"a":"x\u2028y"}\r\n\r\n[1]\r\n')).toEqual([
      { a: 'x\u2028y' },
      [1],
    ])
  })

  it('gives the line as it stands, and its number', async () => {
    const lines = await all(readJsonLines(write('\n{"a": 1.50}\n')))
    expect(lines).toEqual([
      {
        value: { a: 1.5 },
        where: `${folder}/file.jsonl, line 2`,
        source: '{"a": 1.50}',
        number: 2,
      },
    ])
  })

  it.each(['12345678901234567890', '-9007199254740993', '1e400', '-1e999'])(
    'refuses the number %s, which cannot be kept',
    async (number) => {
      expect(await failureOf(() => valuesOf(`{"a":1}\n{"a":[{"b":${number}}]}\n`))).toMatch(
        new RegExp(`^corrupt-file .*line 2: the number ${number} cannot be kept`),
      )
    },
  )

  it('looks for numbers in a line of any length', async () => {
    const text = '3e \\"12345678901234567890\\" '.repeat(300_000)
    const [value] = (await valuesOf(`["${text}"]`)) as [string[]]
    expect(value[0].length).toBe(text.length - 600_000)
    expect(await failureOf(() => valuesOf(`["${text}", 1e999]`))).toMatch(/number 1e999 cannot/)
  })

  it.each([
    ['9007199254740992', 9007199254740992],
    ['10000000000000000000000', 1e22],
    ['1e21', 1e21],
    ['1E-7', 1e-7],
    ['3.14159265358979323846', Math.PI],
    ['"12345678901234567890"', '12345678901234567890'],
    ['"\\"12345678901234567890"', '"12345678901234567890'],
  ])('keeps %s', async (text, value) => {
    expect(await valuesOf(`[${text}]`)).toEqual([[value]])
  })
})

describe('readJson', () => {
  it('takes a mark, and refuses what is not UTF-8 by name', () => {
    expect(readJson(write('\ufeff{"a": "é"}\r\n'))).toEqual({ a: 'é' })
    const latin = write(Buffer.from('{"a":"\xe9"}', 'latin1'), 'latin.json')
    expect(() => readJson(latin)).toThrow(/latin.json: not UTF-8 text: byte 7 is 0xe9/)
  })
})

describe('decodeText', () => {
  it('is the inverse of encoding', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const bytes = new TextEncoder().encode(text)
        expect(decodeText(bytes, 'x')).toBe(text.replace(/^\ufeff/, ''))
        expect(decodeText(bytes, 'x', false)).toBe(text)
      }),
    )
  })

  it('names the first byte that is wrong, in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (before, after) => {
        const start = new TextEncoder().encode(before)
        const bytes = Buffer.concat([start, Buffer.of(0xff), Buffer.from(after)])
        expect(() => decodeText(bytes, 'x')).toThrow(
          start.length === 0 && after.startsWith('\ufffe')
            ? /UTF-16/
            : `byte ${start.length + 1} is 0xff`,
        )
      }),
    )
  })
})
