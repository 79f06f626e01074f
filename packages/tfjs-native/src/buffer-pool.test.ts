import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BufferPool } from './buffer-pool.ts'
import type { Block } from './buffer-pool.ts'

const pool = (): BufferPool => new BufferPool(() => 16)

describe('BufferPool', () => {
  it('gives aligned blocks, large enough and at most an eighth larger', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 1 << 22 }), (bytes) => {
      const block = pool().take(bytes)
      expect(block.address % 64).toBe(0)
      expect(block.bytes).toBeGreaterThanOrEqual(bytes)
      expect(block.bytes).toBeLessThanOrEqual(Math.max(256, bytes * 1.125 + 8))
      expect(block.offset + block.bytes).toBeLessThanOrEqual(block.buffer.byteLength)
    }))
  })

  it('never holds a block twice', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 60 }), (requests) => {
      const all = pool()
      const live = new Set<Block>()
      requests.forEach((bytes, i) => {
        const block = all.take(bytes)
        expect(live.has(block)).toBe(false)
        live.add(block)
        if (i % 3 === 2) {
          const [oldest] = live
          live.delete(oldest)
          all.give(oldest)
        }
      })
      expect(all.usage().live).toBe([...live].reduce((total, { bytes }) => total + bytes, 0))
    }))
  })

  it('lets go of what is more than it ever needed at once', () => {
    const all = pool()
    const blocks = Array.from({ length: 5 }, () => all.take(32 << 20))
    for (const block of blocks) all.give(block)
    expect(all.usage()).toEqual({ live: 0, free: 5 * (32 << 20), peak: 5 * (32 << 20) })
    all.resetPeak()
    all.give(all.take(32 << 20))
    expect(all.usage().free).toBeLessThanOrEqual(5 * (32 << 20))
    all.clear()
    expect(all.usage().free).toBe(0)
  })
})
