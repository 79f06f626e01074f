import { describe, expect, it } from 'vitest'
import { bestRate } from './best-rate.ts'

describe('the best rate', () => {
  it('has the largest mean area over seeds, not the best single run', () => {
    expect(
      bestRate([
        { learningRate: 1e-3, area: 0.9 },
        { learningRate: 1e-3, area: 0.1 },
        { learningRate: 3e-4, area: 0.6 },
        { learningRate: 3e-4, area: 0.5 },
      ]),
    ).toEqual({ learningRate: 3e-4, area: 0.55 })
  })

  it('is the smallest of equal ones, whatever the order', () => {
    expect(
      bestRate([
        { learningRate: 1e-3, area: 0.5 },
        { learningRate: 1e-4, area: 0.5 },
      ]).learningRate,
    ).toBe(1e-4)
  })

  it('needs a run', () => expect(() => bestRate([])).toThrowError(/no runs/))
})
