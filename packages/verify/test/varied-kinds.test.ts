import { describe, expect, it } from 'vitest'
import { verifyMath } from '../src/verify-math.ts'
import { VARIED_KINDS } from './varied-kinds.ts'

describe.each(Object.entries(VARIED_KINDS))('%s', (_, phrasings) => {
  it('accepts what gives the answer and refuses what does not', () => {
    const judged = phrasings.map(([gold, right, wrong]) => ({
      gold,
      refused: right.filter((response) => !verifyMath(response, gold).correct),
      accepted: wrong.filter((response) => verifyMath(response, gold).correct),
    }))
    expect(judged.filter(({ refused, accepted }) => refused.length + accepted.length > 0)).toEqual(
      [],
    )
  })
})
