import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isIcrlError } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../../test/temporary-folder.ts'
import { decodeFloats } from '../decode-floats.ts'
import { encodeFloats } from '../encode-floats.ts'
import { encodeQ8 } from './encode-q8.ts'
import {
  bool,
  float32,
  type GgufTensor,
  int32s,
  text,
  texts,
  uint32,
  writeGguf,
} from './write-gguf.ts'

const folder = temporaryFolders()
const fixture = (name: string): URL => new URL(`../../test/gguf/${name}`, import.meta.url)

describe('encodeQ8, encodeFloats', () => {
  it('give the bytes of llama.cpp’s own quantization', async () => {
    const hex = JSON.parse(await readFile(fixture('numbers.json'), 'utf8')) as Record<
      string,
      string
    >
    const values = decodeFloats(Buffer.from(hex.F32, 'hex'), 'F32')
    const asHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
    expect(asHex(encodeQ8(values, 'x'))).toBe(hex.Q8_0)
    expect(asHex(encodeFloats(values, 'F16', 'x'))).toBe(hex.F16)
    expect(asHex(encodeFloats(values, 'BF16', 'x'))).toBe(hex.BF16)
  })

  it('refuse a scale that f16 cannot hold', () => {
    const values = new Float32Array(64).fill(1)
    values[40] = 9e6
    try {
      encodeQ8(values, 'w')
      expect.unreachable()
    } catch (error) {
      expect(isIcrlError(error, 'non-finite') && error.message).toContain(
        'w has a number of 9000000',
      )
    }
  })
})

describe('writeGguf', () => {
  it('writes the bytes that llama.cpp’s own package writes', async () => {
    const metadata = new Map([
      ['general.architecture', text('llama')],
      ['a.count', uint32(7)],
      ['a.real', float32(1e-5)],
      ['a.flag', bool(true)],
      ['a.text', text('Grüße 👋')],
      ['a.texts', texts(['', 'Ġa', 'ß'])],
      ['a.numbers', int32s([1, -2, 3])],
    ])
    const tensor = (
      name: string,
      shape: readonly number[],
      type: 'F16' | 'F32',
      pieces: readonly number[][],
    ): GgufTensor => ({
      name,
      shape,
      type,
      async *pieces() {
        for (const piece of pieces) yield encodeFloats(Float32Array.from(piece), type, name)
      },
    })
    const path = join(await folder(), 'head.gguf')
    await writeGguf(path, metadata, [
      tensor('matrix', [2, 3], 'F16', [
        [0, 1, 2],
        [3, 4, 5],
      ]),
      tensor('vector', [3], 'F32', [[0, 1, 2]]),
    ])
    expect(await readFile(path)).toEqual(await readFile(fixture('head.gguf')))
  })
})
