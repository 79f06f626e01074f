/** Points of one line, x ascending. */
export interface Points {
  readonly x: readonly number[]
  readonly y: readonly (number | null)[]
}

/** Puts lines with x of their own on one common x; null where a line has no point. */
export function align(lines: readonly Points[]): {
  readonly x: number[]
  readonly columns: (number | null)[][]
} {
  const x = [...new Set(lines.flatMap((line) => line.x))].sort((a, b) => a - b)
  const places = new Map(x.map((value, i) => [value, i]))
  const columns = lines.map((line) => {
    const column = new Array<number | null>(x.length).fill(null)
    line.x.forEach((value, i) => (column[places.get(value)!] = line.y[i]))
    return column
  })
  return { x, columns }
}

/**
 * The mean of several lines, interpolated linearly between their points, where all of them have
 * begun and none has ended.
 */
export function meanOfLines(lines: readonly Points[]): Points {
  const whole = lines
    .map(({ x, y }) => x.flatMap((value, i) => (y[i] === null ? [] : [[value, y[i]] as const])))
    .filter((points) => points.length > 0)
  if (whole.length === 0) return { x: [], y: [] }
  const from = Math.max(...whole.map((points) => points[0][0]))
  const to = Math.min(...whole.map((points) => points.at(-1)![0]))
  const x = [...new Set(whole.flatMap((points) => points.map(([value]) => value)))]
    .filter((value) => value >= from && value <= to)
    .sort((a, b) => a - b)
  return {
    x,
    y: x.map(
      (value) => whole.reduce((sum, points) => sum + heightAt(points, value), 0) / whole.length,
    ),
  }
}

function heightAt(points: readonly (readonly [number, number])[], at: number): number {
  const next = points.findIndex(([value]) => value >= at)
  if (next === 0) return points[0][1]
  const [[x0, y0], [x1, y1]] = [points[next - 1], points[next]]
  return y0 + ((at - x0) / (x1 - x0)) * (y1 - y0)
}

/**
 * The mean of each value and those up to `window − 1` places before it; null where the value is
 * null.
 */
export function trailingMean(
  values: readonly (number | null)[],
  window: number,
): (number | null)[] {
  return values.map((value, i) => {
    if (value === null) return null
    const near = values.slice(Math.max(0, i - window + 1), i + 1).filter((one) => one !== null)
    return near.reduce((sum, one) => sum + one, 0) / near.length
  })
}

/**
 * A line's height at a place of the common x, interpolated linearly between its points; undefined
 * before the first and after the last.
 */
export function valueNear(
  x: readonly number[],
  column: readonly (number | null)[],
  index: number,
): number | undefined {
  if (column[index] !== null) return column[index]
  let before = index
  let after = index
  while (before >= 0 && column[before] === null) before--
  while (after < column.length && column[after] === null) after++
  if (before < 0 || after === column.length) return undefined
  const share = (x[index] - x[before]) / (x[after] - x[before])
  return column[before]! + share * (column[after]! - column[before]!)
}
