import '@tensorflow/tfjs-backend-cpu'
import { decodeAttention } from '@icrl/tfjs-ops'
import { memory, ones, setBackend } from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { KeyValueCache } from './kv-cache.ts'

const create = (rows = 640): KeyValueCache =>
  new KeyValueCache({ layers: 2, keyValueHeads: 1, headDim: 2, rows })
const prompt = (length: number, of = 0): Int32Array => new Int32Array(length).fill(of)

beforeAll(() => setBackend('cpu'))

describe('a cache of keys and values', () => {
  it('has memory for the pages that are used, not for those that are promised', () => {
    const cache = create()
    const first = cache.open(prompt(70), 600)!
    cache.tables([first])
    expect(cache.pages).toBe(2)
    cache.append(first, 200)
    cache.tables([first])
    expect(cache.pages).toBe(4)
    cache.free(first)
    const second = cache.open(prompt(250), 256)!
    expect([...cache.tables([second]).pages].toSorted()).toEqual([0, 1, 2, 3])
    expect(cache.pages).toBe(4)
    cache.dispose()
  })

  it('grows by slabs, and moves nothing', () => {
    const cache = create()
    const sequence = cache.open(prompt(1), 640)!
    cache.tables([sequence])
    const [{ keys }] = cache.blocks
    const slab = keys[0]
    for (let rows = 1; rows <= 640; rows += 40) {
      cache.append(sequence, rows)
      cache.tables([sequence])
    }
    expect(cache.blocks[0].keys[0]).toBe(slab)
    expect(cache.blocks.map(({ keys: { length }, values }) => [length, values.length])).toEqual([
      [6, 6],
      [6, 6],
    ])
    expect(cache.pages).toBe(10)
    cache.dispose()
  })

  it('opens none beyond its rows until others are freed', () => {
    const cache = create(128)
    const first = cache.open(prompt(3), 65)!
    expect(cache.open(prompt(3, 1), 3)).toBeUndefined()
    cache.free(first)
    expect(cache.open(prompt(3, 1), 3)).toBeDefined()
  })

  it('is told of a sequence that was freed while it runs', () => {
    const cache = create()
    const early = cache.open(prompt(3), 60)!
    cache.free(early)
    const other = cache.open(prompt(3, 1), 60)!
    const row: Tensor2D = ones([2, 2])
    const shape = { heads: 1, keyValueHeads: 1, headDim: 2, scale: 1 }
    const lengths = Int32Array.of(3, 3)
    const options = { ...shape, ...cache.tables([early, other]), lengths }
    expect(() => decodeAttention(row, row, row, cache.blocks[0], options)).toThrow(
      'sequence 0 writes to page 0, which sequence 1 holds too',
    )
    cache.dispose()
  })

  it('gives its memory back', () => {
    const before = memory()
    const cache = create()
    cache.tables([cache.open(prompt(70), 128)!])
    expect(memory().numBytes - before.numBytes).toBe(2 * 2 * (2 * 64 * 2 * 4))
    cache.dispose()
    expect(memory().numTensors).toBe(before.numTensors)
    expect(cache.pages).toBe(0)
    cache.tables([cache.open(prompt(1), 1)!])
    expect(cache.pages).toBe(1)
    cache.dispose()
  })
})
