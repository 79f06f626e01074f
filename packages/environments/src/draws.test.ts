import { randomStream } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { drawsFrom } from './draws.ts'

describe('drawsFrom', () => {
  it('reads the stream in order', () => {
    const stream = randomStream(1, 'x')
    const draws = drawsFrom(stream)
    expect([draws.uniform(), draws.uniform(), draws.between(3, 3)]).toEqual([
      stream.uniform(0),
      stream.uniform(1),
      3,
    ])
  })

  it('stays in its bounds and shuffles without loss', () => {
    const draws = drawsFrom(randomStream(2, 'x'))
    const values = Array.from({ length: 500 }, () => draws.between(-1, 2))
    expect([...new Set(values)].sort()).toEqual([-1, 0, 1, 2])
    expect(draws.shuffled([1, 2, 3, 4, 5]).sort()).toEqual([1, 2, 3, 4, 5])
    expect([draws.chance(0), draws.chance(1), draws.pick(['a'])]).toEqual([false, true, 'a'])
  })
})
