import { expect } from 'vitest'

/**
 * Every element within `tolerance` of the largest magnitude expected (absolute where all are
 * small).
 */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance = 2e-5,
): void {
  expect(actual.length).toBe(expected.length)
  const largest = Math.max(1, ...Array.from(expected, Math.abs))
  const worst = Math.max(
    0,
    ...Array.from(actual, (value, i) =>
      Number.isFinite(value) ? Math.abs(value - expected[i]) : Infinity,
    ),
  )
  expect(worst / largest).toBeLessThanOrEqual(tolerance)
}

/** The same bits. */
export function expectSameBits(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  const bits = (values: ArrayLike<number>): number[] => [
    ...new Int32Array(Float32Array.from(values).buffer),
  ]
  expect(bits(actual)).toEqual(bits(expected))
}
