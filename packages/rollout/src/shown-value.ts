/** Any value for a message: tells `"1"` from 1, and NaN from null. */
export function shownValue(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return String(value)
  return JSON.stringify(value)?.slice(0, 80) ?? typeof value
}
