/**
 * A number of a data file as text; undefined if it would not be written out (`1e+21`, `1e-7`): JSON
 * has lost how it was written, and a checker compares what is written.
 */
export function plainNumber(value: number): string | undefined {
  const text = String(value)
  return /^-?\d+(\.\d+)?$/.test(text) ? text : undefined
}
