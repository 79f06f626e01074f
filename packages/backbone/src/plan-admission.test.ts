import { describe, expect, it } from 'vitest'
import { planAdmission, type WaitingRequest } from './plan-admission.ts'

const limits = { maxConcurrency: 4, cacheTokens: 256, prefillTokens: 40 }
let prompts = 0
/** Each with a prompt that shares nothing with the others. */
const request = (rows: number, promptTokens = 1): WaitingRequest => ({
  rows,
  prompt: new Int32Array(promptTokens).fill(prompts++),
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

  it('counts what prompts share once', () => {
    const prompts = [1, 2, 3].map((last) => Int32Array.from([...new Array(35).fill(0), last]))
    const waiting = prompts.map((prompt) => ({ rows: 40, prompt }))
    expect(planAdmission({ running: 0, capacity: 0, waiting }, limits).count).toBe(3)
    const apart = waiting.map(({ rows, prompt }) => ({ rows, prompt: prompt.toReversed() }))
    expect(planAdmission({ running: 0, capacity: 0, waiting: apart }, limits).count).toBe(1)
  })

  it('admits none where none waits', () => {
    expect(planAdmission({ running: 0, capacity: 64, waiting: [] }, limits)).toEqual({
      count: 0,
      capacity: 0,
    })
  })
})
