import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shareSessions } from './share-sessions.ts'

const runs = (...labels: string[]): { label: string }[] => labels.map((label) => ({ label }))

describe('shareSessions', () => {
  it('shares equally', () => {
    expect(shareSessions(runs('a', 'b', 'c'), 40)).toEqual([14, 13, 13])
    expect(shareSessions(runs('a'), 40)).toEqual([40])
    expect(shareSessions([], 40)).toEqual([])
  })

  it('gives the first seeds of every method their four, where there are many runs', () => {
    expect(shareSessions(runs('a', 'a', 'a', 'b', 'b', 'b'), 16)).toEqual([4, 4, 0, 4, 4, 0])
    expect(shareSessions(runs('a', 'b'), 3)).toEqual([3, 0])
    expect(shareSessions(runs('a', 'b'), 0)).toEqual([0, 0])
  })

  it('adds up to all there is room for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 30 }),
        fc.nat(80),
        (labels, most) => {
          expect(shareSessions(runs(...labels), most).reduce((sum, share) => sum + share, 0)).toBe(
            most,
          )
        },
      ),
    )
  })
})
