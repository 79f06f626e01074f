import { describe, expect, it } from 'vitest'
import { roundsNote } from './bench.ts'
import { interleave, median, type Outcome } from './interleave.ts'

describe('interleave', () => {
  it('takes turns, and leaves the first turn out', async () => {
    const turns: string[] = []
    const side = (name: string, figures: number[]) => async (): Promise<number> => {
      turns.push(name)
      return figures[turns.filter((turn) => turn === name).length - 1]
    }
    const found = await interleave(
      { ours: side('ours', [99, 1, 3, 2]), theirs: side('theirs', [99, 10, 30, 20]) },
      { rounds: 3, seconds: 10, pause: 0 },
    )
    expect(turns.join(' ')).toBe('ours theirs ours theirs ours theirs ours theirs')
    expect(found).toEqual({
      ours: { median: 2, figures: [1, 3, 2] },
      theirs: { median: 20, figures: [10, 30, 20] },
    })
  })

  it('goes on without a side that fails, and without one that is not there', async () => {
    const broken = async (): Promise<number> => {
      throw new Error('killed after 5 s')
    }
    const found = await interleave(
      { ours: async () => 1, theirs: broken, third: undefined },
      { rounds: 2, seconds: 10, pause: 0 },
    )
    expect(found).toEqual({
      ours: { median: 1, figures: [1, 1] },
      theirs: { failed: 'killed after 5 s' },
      third: undefined,
    })
  })

  it('measures each side once even where the time is up', async () => {
    const found = await interleave({ ours: async () => 7 }, { rounds: 5, seconds: 0, pause: 1 })
    expect(found.ours).toEqual({ median: 7, figures: [7] })
  })
})

describe('roundsNote', () => {
  it('gives the least and the greatest ratio of a round, not of all figures', () => {
    const of = (...figures: number[]): Outcome => ({ median: median(figures), figures })
    expect(roundsNote({ ours: of(1, 4, 2), theirs: of(2, 9, 4) })).toBe('2.00 to 2.25 in 3 rounds')
    expect(roundsNote({ ours: of(1), theirs: of(3) })).toBe('3.00 to 3.00 in 1 round')
  })

  it('says nothing where a side has no figures', () => {
    const ours = { median: 1, figures: [1] }
    expect(roundsNote({ ours, theirs: { failed: 'killed' } })).toBeUndefined()
    expect(roundsNote({ ours, theirs: undefined })).toBeUndefined()
  })
})

describe('median', () => {
  it.each([
    [[4], 4],
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected)
  })

  it('refuses an empty list', () => {
    expect(() => median([])).toThrow(RangeError)
  })
})
