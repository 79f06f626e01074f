import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Block, BlockPool, bufferMemory } from './buffer-pool.ts'

const MIB = 1 << 20

function poolWith(released: ArrayBuffer[] = []): BlockPool<Block> {
  return new BlockPool(
    bufferMemory({ addressOf: () => 16, release: (buffer) => released.push(buffer) }),
  )
}

describe('BlockPool', () => {
  it('gives aligned blocks, large enough and at most an eighth larger', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1 << 22 }), (bytes) => {
        const block = poolWith().take(bytes)
        expect(block.address % 64).toBe(0)
        expect(block.bytes).toBeGreaterThanOrEqual(bytes)
        expect(block.bytes).toBeLessThanOrEqual(Math.max(256, bytes * 1.125 + 8))
        expect(block.offset + block.bytes).toBeLessThanOrEqual(block.buffer.byteLength)
      }),
    )
  })

  it('never holds a block twice', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 60 }), (requests) => {
        const all = poolWith()
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
      }),
    )
  })

  it('holds at most an eighth and 64 MiB more than was live at once, whatever sizes follow', () => {
    const released: ArrayBuffer[] = []
    const all = poolWith(released)
    const phase = (sizes: number[]): void =>
      sizes.map((size) => all.take(size * MIB)).forEach((block) => all.give(block))
    phase([160, 160])
    phase(Array.from({ length: 10 }, () => 32))
    phase([96, 96, 96])
    expect(all.usage()).toMatchObject({ live: 0, peak: 320 * MIB })
    expect(all.usage().free).toBeLessThanOrEqual(320 * 1.125 * MIB + 64 * MIB)
    expect(released.map(({ byteLength }) => Math.floor(byteLength / MIB))).toEqual([
      160,
      160,
      ...Array.from({ length: 6 }, () => 32),
    ])
  })

  it('keeps the sizes of two phases that alternate within its bounds', () => {
    const released: ArrayBuffer[] = []
    const all = poolWith(released)
    for (let step = 0; step < 5; step++)
      for (const sizes of [
        [8, 8, 8],
        [20, 20],
      ])
        sizes.map((size) => all.take(size * MIB)).forEach((block) => all.give(block))
    expect(all.usage().free).toBe(64 * MIB)
    expect(released).toEqual([])
  })

  it('lets go of everything that is free', () => {
    const released: ArrayBuffer[] = []
    const all = poolWith(released)
    const kept = all.take(MIB)
    all.give(all.take(32 * MIB))
    all.clear()
    expect(all.usage()).toMatchObject({ live: kept.bytes, free: 0 })
    expect(released.length).toBe(1)
  })
})
