/** The largest of any number of values; −Infinity of none. `Math.max(...values)` takes 100,000. */
export function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), -Infinity)
}

/** The smallest of any number of values; Infinity of none. */
export function smallest(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Infinity)
}
