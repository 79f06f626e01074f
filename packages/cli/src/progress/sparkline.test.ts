import { describe, expect, it } from 'vitest'
import { sparkline } from './sparkline.ts'

describe('sparkline', () => {
  it('draws values as bars', () => {
    expect(sparkline([0, 0.5, 1])).toBe('▁▅█')
    expect(sparkline([3, 3], { low: 1, high: 5 })).toBe('▅▅')
  })

  it('averages what does not fit', () => {
    expect(sparkline([0, 0, 1, 1], { width: 2 })).toBe('▁█')
    expect(
      sparkline(
        Array.from({ length: 100 }, () => 1),
        { width: 10 },
      ),
    ).toBe('█'.repeat(10))
  })

  it('stays within its bars', () => {
    expect(sparkline([-1, 2])).toBe('▁█')
    expect(sparkline([])).toBe('')
    expect(sparkline([1], { low: 1, high: 1 })).toBe('▁')
  })
})
