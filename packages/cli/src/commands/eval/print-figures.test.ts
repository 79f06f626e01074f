import { expect, it } from 'vitest'
import { criticAdvice } from './print-figures.ts'

it('criticAdvice names a critic that does harm, and says nothing of one that does none', () => {
  const figure = (value: number, low: number, high: number) => ({ value, low, high })
  expect(
    criticAdvice({
      'critic/harm_rate': figure(0.39, 0.35, 0.43),
      'critic/lift': figure(-0.37, -0.5, -0.2),
    }),
  ).toEqual([
    expect.stringMatching(/39% of right answers become wrong, and .* succeed 37% less often/),
  ])
  expect(criticAdvice({ 'critic/lift': figure(-0.37, -0.5, -0.2) })).toHaveLength(1)
  // An interval that holds 0 tells nothing.
  expect(criticAdvice({ 'critic/lift': figure(-0.1, -0.3, 0.1) })).toEqual([])
  expect(criticAdvice({ 'critic/harm_rate': figure(0.02, 0, 0.1) })).toEqual([])
  expect(criticAdvice({})).toEqual([])
})
