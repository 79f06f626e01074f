import { mkdir, readFile, readdir, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isIcrlError } from '@icrl/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../test/temporary-folder.ts'
import { decodeFloats } from './decode-floats.ts'
import { encodeFloats, requireFinite } from './encode-floats.ts'
import { SafetensorsFile } from './load-safetensors.ts'
import { saveSafetensors } from './save-safetensors.ts'
import { writeAtomically } from './write-atomically.ts'

const folder = temporaryFolders()

/** A file of any header and body; by default, one tensor's four bytes. */
async function fileOf(header: unknown, body: Uint8Array | number = 4): Promise<string> {
  const path = join(await folder(), 'model.safetensors')
  const json = new TextEncoder().encode(
    typeof header === 'string' ? header : JSON.stringify(header),
  )
  const prefix = new Uint8Array(8)
  new DataView(prefix.buffer).setBigUint64(0, BigInt(json.length), true)
  const bytes = typeof body === 'number' ? new Uint8Array(body) : body
  await writeFile(path, Buffer.concat([prefix, json, bytes]))
  return path
}

async function failureOf(
  path: string,
  action: (file: SafetensorsFile) => Promise<unknown> = async () => undefined,
): Promise<string> {
  try {
    await using file = await SafetensorsFile.open(path)
    await action(file)
    return 'none'
  } catch (error) {
    return isIcrlError(error) ? `${error.code} ${error.message}` : String(error)
  }
}

describe('SafetensorsFile', () => {
  it('reads what saveSafetensors wrote, bit for bit', async () => {
    const values = [
      Float32Array.of(1, -0, NaN, Infinity, 1e-45, 3.3),
      new Float32Array(0),
      Float32Array.of(7),
    ]
    const shapes = [[2, 3], [0, 5], []]
    const path = join(await folder(), 'x.safetensors')
    const sources = values.map(
      (value, i) => [`t${i}`, { shape: shapes[i], read: async () => value }] as const,
    )
    await saveSafetensors(path, new Map(sources), { note: 'kept' })
    await using file = await SafetensorsFile.open(path)
    expect(file.header.metadata).toEqual({ note: 'kept' })
    for (const [i, value] of values.entries()) {
      expect(file.tensor(`t${i}`).shape).toEqual(shapes[i])
      expect([...(await file.read(`t${i}`))].map((x) => (Object.is(x, -0) ? '-0' : x))).toEqual(
        [...value].map((x) => (Object.is(x, -0) ? '-0' : x)),
      )
    }
    expect(file.tensor('t0').start % 8).toBe(0)
  })

  it('reads a tensor at an odd offset', async () => {
    const path = await fileOf(
      {
        a: { dtype: 'BF16', shape: [1], data_offsets: [0, 2] },
        b: { dtype: 'F32', shape: [1], data_offsets: [2, 6] },
      },
      Uint8Array.of(0x80, 0x3f, 0, 0, 0, 0x40),
    )
    await using file = await SafetensorsFile.open(path)
    expect([...(await file.read('a')), ...(await file.read('b'))]).toEqual([1, 2])
  })

  it('says which file is missing', async () => {
    expect(await failureOf('/nowhere/model.safetensors')).toMatch(
      /^missing-file \/nowhere\/model.safetensors/,
    )
  })

  it.each<[string, unknown, string]>([
    ['a header that is not JSON', '{"a":', 'corrupt-file'],
    ['a header that is a list', [], 'not a JSON object'],
    [
      'an entry without a shape',
      { a: { dtype: 'F32', data_offsets: [0, 4] } },
      "corrupt-file .*header's entry of tensor a",
    ],
    [
      'an unknown type',
      { a: { dtype: 'X8', shape: [4], data_offsets: [0, 4] } },
      'unsupported .*tensor a is stored as "X8"',
    ],
    [
      'a name that every object has as its type',
      { a: { dtype: 'toString', shape: [4], data_offsets: [0, 4] } },
      'unsupported .*tensor a is stored as "toString"',
    ],
    [
      'offsets that do not fit the shape',
      { a: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } },
      'corrupt-file .*tensor a \\[2\\] of F32 needs 8 bytes, its offsets span 4',
    ],
  ])('refuses %s', async (_, header, message) => {
    expect(await failureOf(await fileOf(header))).toMatch(new RegExp(message))
  })

  const entry = (from: number, to: number): object => ({
    dtype: 'F32',
    shape: [(to - from) / 4],
    data_offsets: [from, to],
  })
  const written = (from: number, to: number): string => JSON.stringify(entry(from, to))

  it.each<[string, string, number, RegExp]>([
    ['a tensor named twice', `{"a":${written(0, 4)},"a":${written(4, 8)}}`, 8, /names a twice/],
    [
      'a tensor named twice, once with an escape',
      `{"a":${written(0, 4)},"\\u0061":${written(4, 8)}}`,
      8,
      /names a twice/,
    ],
    [
      'a field that is given twice',
      '{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}',
      4,
      /names shape twice/,
    ],
    [
      'tensors that overlap',
      `{"a":${written(0, 8)},"b":${written(4, 12)}}`,
      12,
      /tensor b begins at byte \d+, inside the tensor before it/,
    ],
    [
      'two tensors on the same bytes',
      `{"a":${written(0, 4)},"b":${written(0, 4)}}`,
      4,
      /tensor b .*inside the tensor before it/,
    ],
    [
      'a gap between tensors',
      `{"a":${written(0, 4)},"b":${written(8, 12)}}`,
      12,
      /tensor b begins .*4 bytes behind/,
    ],
    ['a gap before the first', `{"a":${written(4, 8)}}`, 8, /tensor a begins .*4 bytes behind/],
    ['bytes behind the last', `{"a":${written(0, 4)}}`, 68, /64 bytes that belong to no tensor/],
    ['bytes and no tensors', '{}', 1, /1 bytes that belong to no tensor/],
    ['a tensor beyond the end', `{"a":${written(0, 8)}}`, 4, /ends at byte .*truncated/],
    [
      'offsets that go backwards',
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}',
      4,
      /needs 4 bytes, its offsets span -4/,
    ],
    ['metadata that are a list', '{"__metadata__":[1]}', 0, /__metadata__ is not an object/],
    ['metadata that are text', '{"__metadata__":"pt"}', 0, /__metadata__ is not an object/],
    ['metadata that are numbers', '{"__metadata__":{"step":3}}', 0, /has 3 as "step"/],
    ['metadata within metadata', '{"__metadata__":{"a":{}}}', 0, /has \{\} as "a"/],
    ['a byte order mark', '\ufeff{}', 0, /header is not JSON/],
  ])('refuses %s as corrupt', async (_, header, body, message) => {
    const failure = await failureOf(await fileOf(header, body))
    expect(failure).toMatch(/^corrupt-file/)
    expect(failure).toMatch(message)
  })

  it('refuses a header that is not UTF-8', async () => {
    const path = await fileOf('{"__metadata__":{"by":"Jos_"}}', 0)
    const bytes = await readFile(path)
    bytes[bytes.indexOf('_"}')] = 0xe9
    await writeFile(path, bytes)
    expect(await failureOf(path)).toMatch(/^corrupt-file .*not UTF-8/)
  })

  it('reads a header of any length', async () => {
    const long = '\\"{:'.repeat(200_000)
    expect(await failureOf(await fileOf(`{"__metadata__":{"${long}":"${long}"}}`, 0))).toBe('none')
    expect(
      await failureOf(await fileOf(`{"__metadata__":{"${long}":"","${long}":""}}`, 0)),
    ).toMatch(/^corrupt-file .* twice/)
  })

  it('takes what the format allows: any order, empty tensors, null or no metadata, blanks', async () => {
    const empty = '{"dtype":"F32","shape":[0,3],"data_offsets":[4,4]}'
    const path = await fileOf(
      `{"b":${written(4, 8)},"e":${empty},"a":${written(0, 4)},"__metadata__":null}   `,
      new Uint8Array(Float32Array.of(1, 2).buffer),
    )
    await using file = await SafetensorsFile.open(path)
    expect(file.header.metadata).toEqual({})
    expect([
      ...(await file.read('a')),
      ...(await file.read('b')),
      ...(await file.read('e')),
    ]).toEqual([1, 2])
    expect([...(await file.read('b', { from: 0, to: 1 }))]).toEqual([2])
    expect(await failureOf(await fileOf('{}', 0))).toBe('none')
  })

  it('names a tensor that is not floating point when it is read, not before', async () => {
    const path = await fileOf({ a: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, 8)
    expect(await failureOf(path)).toBe('none')
    expect(await failureOf(path, (file) => file.read('a'))).toMatch(
      /^unsupported .*tensor a is stored as "I64"/,
    )
  })

  it('refuses a tensor that is not there, by name', async () => {
    const path = await fileOf({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } })
    expect(await failureOf(path, (file) => file.read('b'))).toContain('tensor b is missing')
  })

  it('refuses every truncation of a good file', async () => {
    const path = join(await folder(), 'x.safetensors')
    await saveSafetensors(
      path,
      new Map([['a', { shape: [4], read: async () => Float32Array.of(1, 2, 3, 4) }]]),
      {},
    )
    const { length } = await readFile(path)
    for (const size of [0, 4, 8, 20, length - 16, length - 1]) {
      await truncate(path, size)
      expect(await failureOf(path), `cut to ${size} bytes`).toMatch(/^corrupt-file/)
      await saveSafetensors(
        path,
        new Map([['a', { shape: [4], read: async () => Float32Array.of(1, 2, 3, 4) }]]),
        {},
      )
    }
  })
})

describe('decodeFloats', () => {
  const bytes = (values: number[]): Uint8Array => new Uint8Array(Uint16Array.from(values).buffer)

  it('widens bf16', () => {
    expect([...decodeFloats(bytes([0x3f80, 0xc000, 0x7f80, 0x0001]), 'BF16')]).toEqual([
      1,
      -2,
      Infinity,
      2 ** -133,
    ])
  })

  it('widens f16: normal, subnormal, signed, infinite, NaN', () => {
    expect([
      ...decodeFloats(bytes([0x3c00, 0xc100, 0x7bff, 0x0001, 0x8000, 0xfc00, 0x7e00]), 'F16'),
    ]).toEqual([1, -2.5, 65504, 2 ** -24, -0, -Infinity, NaN])
  })

  it('is exact for every float32 that bf16 can hold', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), (half) => {
        const [value] = decodeFloats(bytes([half]), 'BF16')
        const bits = new Uint32Array(Float32Array.of(value).buffer)[0]
        return Number.isNaN(value) || bits === (half << 16) >>> 0
      }),
    )
  })
})

describe('writeAtomically', () => {
  it('keeps the old file and leaves no other where writing fails', async () => {
    const directory = await folder()
    const path = join(directory, 'file')
    await writeFile(path, 'old')
    const failed = writeAtomically(path, async (file) => {
      await file.writeFile('half')
      throw new Error('disk full')
    })
    await expect(failed).rejects.toThrow(`${path} could not be written`)
    expect([await readFile(path, 'utf8'), await readdir(directory)]).toEqual(['old', ['file']])
  })

  it('fails where the target is a folder', async () => {
    const path = join(await folder(), 'taken')
    await mkdir(path)
    await expect(writeAtomically(path, (file) => file.writeFile('x'))).rejects.toThrow(
      'could not be written',
    )
  })
})

describe('a full disk', () => {
  it.skipIf(process.platform !== 'linux')('is named, with what the file needs', async () => {
    const home = await folder()
    const path = join(home, 'model.safetensors')
    await symlink('/dev/full', `${path}.${process.pid}.part`)
    const values = new Float32Array(1_000_000)
    const failed = saveSafetensors(
      path,
      new Map([['w', { shape: [1_000_000], read: async () => values }]]),
      {},
    )
    await expect(failed).rejects.toMatchObject({
      code: 'write-failed',
      message: expect.stringMatching(/model.safetensors: the disk is full; it needs 4.0 MB. Free/),
    })
    expect(await readdir(home)).toEqual([])
  })
})

describe('encodeFloats', () => {
  it('gives back every finite number of 16 bits', () => {
    const halves = Uint16Array.from({ length: 1 << 16 }, (_, i) => i)
    for (const type of ['BF16', 'F16'] as const) {
      const exponent = type === 'BF16' ? 0x7f80 : 0x7c00
      const finite = halves.filter((half) => (half & exponent) !== exponent)
      const stored = new Uint8Array(finite.buffer)
      expect(Buffer.compare(encodeFloats(decodeFloats(stored, type), type, 'all'), stored)).toBe(0)
    }
  })

  const encoded = (type: 'BF16' | 'F16', ...values: number[]): number[] =>
    Array.from(new Uint16Array(encodeFloats(Float32Array.from(values), type, 'w').buffer))

  it('rounds to the nearest, ties to even, also where numbers are subnormal', () => {
    // 1 + 2^-8 is halfway between two bf16 numbers, 1 + 3·2^-8 as well; 2^-25 halfway to 0 in f16.
    expect(encoded('BF16', 1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20)).toEqual([
      0x3f80, 0x3f82, 0x3f81,
    ])
    expect(encoded('F16', 1 + 2 ** -11, 1 + 3 * 2 ** -11, 65_519, -65_504)).toEqual([
      0x3c00, 0x3c02, 0x7bff, 0xfbff,
    ])
    expect(encoded('F16', 2 ** -25, 3 * 2 ** -25, 2 ** -14 - 2 ** -26, -0)).toEqual([
      0, 2, 0x0400, 0x8000,
    ])
  })

  it('is no further from a number than its two neighbors', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, min: -65_000, max: 65_000 }), (value) => {
        for (const type of ['BF16', 'F16'] as const) {
          const [half] = encoded(type, value)
          const near = [half - 1, half, half + 1].map(
            (bits) => decodeFloats(new Uint8Array(Uint16Array.of(bits).buffer), type)[0],
          )
          const distances = near.map((other) => Math.abs(other - value))
          expect(distances[1]).toBe(Math.min(...distances.filter((far) => !Number.isNaN(far))))
        }
      }),
    )
  })

  it('names what does not fit; NaN and infinities stay, and are found', () => {
    expect(() => encoded('F16', 1, 65_520)).toThrow('w: number 1 is 65520, more than F16 can hold')
    expect(() => encoded('BF16', 3.4e38)).toThrow('more than BF16 can hold')
    expect(encoded('F16', Infinity, -Infinity)).toEqual([0x7c00, 0xfc00])
    expect(encoded('BF16', NaN)[0] & 0x7fff).toBeGreaterThan(0x7f80)
    expect(() => requireFinite(Float32Array.of(0, NaN), 'w')).toThrow('w: number 1 is NaN')
  })
})
