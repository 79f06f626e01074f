import { describe, expect, it } from 'vitest'
import { admit, type WaitingRequest } from './admit.ts'

const limits = { maxConcurrency: 4, prefillTokens: 40 }
let prompts = 0
/** With a prompt that shares nothing with the others. */
const request = (promptTokens: number): WaitingRequest => ({
  prompt: new Int32Array(promptTokens).fill(prompts++),
})
const always = (): boolean => true

describe('admit', () => {
  it('stops at the most generations', () => {
    const waiting = Array.from({ length: 6 }, () => request(1))
    expect(admit(waiting, 1, limits, always)).toBe(3)
    expect(admit(waiting, 4, limits, always)).toBe(0)
  })

  it('leaves a request waiting that the cache has no room for, and those behind it', () => {
    const waiting = [request(1), request(2), request(1)]
    const asked: number[] = []
    const open = ({ prompt }: WaitingRequest): boolean => {
      asked.push(prompt.length)
      return prompt.length < 2
    }
    expect(admit(waiting, 0, limits, open)).toBe(1)
    expect(asked).toEqual([1, 2])
  })

  it('takes in so many prompt tokens at once, one prompt at least', () => {
    expect(admit([request(30), request(20)], 0, limits, always)).toBe(1)
    expect(admit([request(900), request(1)], 0, limits, always)).toBe(1)
  })

  it('counts what prompts share once', () => {
    const waiting = [1, 2, 3].map((last) => ({
      prompt: Int32Array.from([...new Array(35).fill(0), last]),
    }))
    expect(admit(waiting, 0, limits, always)).toBe(3)
    const apart = waiting.map(({ prompt }) => ({ prompt: prompt.toReversed() }))
    expect(admit(apart, 0, limits, always)).toBe(1)
  })

  it('admits none where none waits', () => expect(admit([], 0, limits, always)).toBe(0))
})
