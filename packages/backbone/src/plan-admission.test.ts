import { describe, expect, it } from 'vitest'
import { planAdmission } from './plan-admission.ts'

const limits = { maxConcurrency: 4, cacheTokens: 256, prefillTokens: 40 }
const request = (rows: number, promptTokens = 1): { rows: number; promptTokens: number } => ({
  rows,
  promptTokens,
})

describe('planAdmission', () => {
  it('rounds the capacity up and stops at the most generations', () => {
    const waiting = Array.from({ length: 6 }, () => request(20))
    expect(planAdmission({ running: 1, capacity: 32, waiting }, limits)).toEqual({
      count: 3,
      capacity: 32,
    })
  })

  it('leaves a request waiting that would make all slots too large', () => {
    expect(
      planAdmission({ running: 2, capacity: 32, waiting: [request(60), request(200)] }, limits),
    ).toEqual({ count: 1, capacity: 64 })
  })

  it('lets the first begin where nothing runs, however large', () => {
    expect(
      planAdmission(
        { running: 0, capacity: 32, waiting: [request(1000, 900), request(8)] },
        limits,
      ),
    ).toEqual({ count: 1, capacity: 1024 })
  })

  it('forgets a large capacity once nothing runs', () => {
    expect(
      planAdmission({ running: 0, capacity: 1024, waiting: [request(8), request(8)] }, limits),
    ).toEqual({ count: 2, capacity: 32 })
  })

  it('takes in so many prompt tokens at once, one prompt at least', () => {
    expect(
      planAdmission(
        { running: 0, capacity: 0, waiting: [request(32, 30), request(32, 20)] },
        limits,
      ),
    ).toEqual({ count: 1, capacity: 32 })
  })

  it('admits none where none waits', () => {
    expect(planAdmission({ running: 0, capacity: 64, waiting: [] }, limits)).toEqual({
      count: 0,
      capacity: 0,
    })
  })
})
