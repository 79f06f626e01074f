import { describe, expect, it } from 'vitest'
import { verifyMath } from '../src/verify-math.ts'
import { REPORTED_KINDS } from './reported-kinds.ts'

describe.each(Object.entries(REPORTED_KINDS))('%s', (_, phrasings) => {
  it.each(phrasings)('%s', (gold, right, wrong) => {
    const correct = (response: string): boolean => verifyMath(response, gold).correct
    expect(
      right.filter((response) => !correct(response)),
      'refused',
    ).toEqual([])
    expect(wrong.filter(correct), 'accepted').toEqual([])
  })
})
