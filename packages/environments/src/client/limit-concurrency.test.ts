import { describe, expect, it } from 'vitest'
import { limitConcurrency } from './limit-concurrency.ts'

describe('limitConcurrency', () => {
  it('runs at most so many at a time, in order, also after failures', async () => {
    const limited = limitConcurrency(3)
    const order: number[] = []
    let running = 0
    let most = 0
    const results = await Promise.allSettled(
      Array.from({ length: 3000 }, (_, i) =>
        limited(async () => {
          order.push(i)
          most = Math.max(most, ++running)
          await Promise.resolve()
          running--
          if (i % 7 === 0) throw new Error(String(i))
          return i
        }),
      ),
    )
    expect([most, running]).toEqual([3, 0])
    expect(order).toEqual(Array.from({ length: 3000 }, (_, i) => i))
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(429)
  })
})
