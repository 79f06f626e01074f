import { copyFile, open, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { isIcrlError } from '@icrl/core'
import { fromBf16, toBf16 } from '@icrl/tfjs-ops'
import { memory, setBackend, type Tensor2D } from '@tensorflow/tfjs-core'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { modelBackends } from '../test/backends.ts'
import { temporaryFolders } from '../test/temporary-folder.ts'
import { loadModelFolder, readModelFolder } from './load-model-folder.ts'
import { SafetensorsFile } from './load-safetensors.ts'
import type { LoadProgress } from './load-weights.ts'
import { saveModel } from './save-model-folder.ts'
import { parameterShapes } from './parameter-shapes.ts'
import { saveSafetensors } from './save-safetensors.ts'
import { tinyConfig } from '../test/tiny-config.ts'
import { disposeWeight } from './weight-storage.ts'

const folder = temporaryFolders()
const backends = await modelBackends()
afterAll(() => setBackend('cpu'))

/** With a scale of 1 numbers that bf16 and f16 hold too. */
function numbers(shape: readonly number[], scale: number): Float32Array {
  const values = new Float32Array(shape.reduce((size, length) => size * length, 1))
  for (let i = 0; i < values.length; i++) values[i] = scale * (((i * 97) % 251) / 128 - 1)
  return values
}

/** Bit for bit; arrays of millions are slow to compare one by one. */
function isSame(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const bytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer =>
    Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
  return bytes(a).equals(bytes(b))
}

async function failureOf(directory: string): Promise<string> {
  const before = memory().numTensors
  const failure = await loadModelFolder(directory).then(
    () => 'none',
    (error: unknown) => (isIcrlError(error) ? `${error.code} ${error.message}` : String(error)),
  )
  expect(memory().numTensors).toBe(before)
  return failure
}

describe.each(backends)('weights loaded onto %s', (backend) => {
  beforeEach(async () => {
    await setBackend(backend)
  })

  /** A model whose embedding is read in several pieces, stored as `type`. */
  async function modelOf(type: 'F32' | 'BF16' | 'F16', scale = 1): Promise<string> {
    const target = await folder()
    const heads = { num_attention_heads: 1, num_key_value_heads: 1 }
    const config = tinyConfig({ vocab_size: 150_001, hidden_size: 15, ...heads })
    const sources = [...parameterShapes(config)].map(
      ([name, shape]) => [name, { shape, type, read: async () => numbers(shape, scale) }] as const,
    )
    await saveModel(target, config, new Map(sources), {})
    return target
  }

  it.each(['F32', 'BF16', 'F16'] as const)(
    'have the numbers of %s, and say how far they are',
    async (type) => {
      const target = await modelOf(type)
      const seen: LoadProgress[] = []
      const { parameters } = await loadModelFolder(target, {
        onProgress: (progress) => seen.push(progress),
      })
      await using file = await SafetensorsFile.open(join(target, 'model.safetensors'))
      for (const [name, parameter] of parameters)
        expect(isSame(parameter.dataSync(), await file.read(name)), name).toBe(true)
      const { loaded, total } = seen.at(-1)!
      expect([loaded, seen.every((at, i) => i === 0 || at.loaded > seen[i - 1].loaded)]).toEqual([
        total,
        true,
      ])
      for (const parameter of parameters.values()) parameter.dispose()
    },
  )

  it('are rounded as toBf16 rounds, in half the memory', async () => {
    const target = await modelOf('F32', 1 / 3)
    const { parameters: whole } = await loadModelFolder(target)
    const { parameters } = await readModelFolder(target, { weights: 'bf16' })
    for (const [name, weight] of parameters) {
      const expected = whole.get(name)!
      const isMatrix = expected.rank === 2
      expect('storage' in weight).toBe(isMatrix)
      if ('storage' in weight) {
        const rounded = fromBf16(toBf16(expected as unknown as Tensor2D))
        expect(isSame(fromBf16(weight).dataSync(), rounded.dataSync())).toBe(true)
        expect(weight.bits.shape).toEqual([expected.shape[0], Math.ceil(expected.shape[1]! / 2)])
      } else expect(isSame(weight.dataSync(), expected.dataSync())).toBe(true)
      disposeWeight(weight)
      expected.dispose()
    }
  })

  it('are refused if one is infinite or none, with nothing left in memory', async () => {
    const target = await modelOf('F32')
    const path = join(target, 'model.safetensors')
    for (const [name, index, value] of [
      ['model.norm.weight', 3, NaN],
      ['model.embed_tokens.weight', 2_150_000, -Infinity],
    ] as const) {
      const good = await folder()
      await copyFile(path, join(good, 'kept'))
      const file = await SafetensorsFile.open(path)
      const at = file.tensor(name).start + 4 * index
      await file[Symbol.asyncDispose]()
      const handle = await open(path, 'r+')
      await handle.write(new Uint8Array(Float32Array.of(value).buffer), 0, 4, at)
      await handle.close()
      expect(await failureOf(target)).toMatch(
        new RegExp(`^non-finite .*model.safetensors: number ${index} of tensor ${name} is `),
      )
      await copyFile(join(good, 'kept'), path)
    }
  })
})

it('notices a file that ends while it is read', async () => {
  const target = await folder()
  const path = join(target, 'x.safetensors')
  const read = async (): Promise<Float32Array> => new Float32Array(64)
  await saveSafetensors(path, new Map([['a', { shape: [64], read }]]), {})
  await using file = await SafetensorsFile.open(path)
  await truncate(path, 200)
  await expect(file.readBytes('a', 0, new Uint8Array(256))).rejects.toThrow('truncated')
})
