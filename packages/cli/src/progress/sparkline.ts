const BARS = '▁▂▃▄▅▆▇█'

/**
 * A curve in one line of text, at most `width` characters: values in [low, high] as bars, each the
 * mean of its part of the values.
 *
 * @example
 * import { sparkline } from 'icrl'
 * console.log(sparkline([0, 0.5, 1])) // ▁▅█
 */
export function sparkline(
  values: readonly number[],
  {
    width = 24,
    low = 0,
    high = 1,
  }: { readonly width?: number; readonly low?: number; readonly high?: number } = {},
): string {
  const count = Math.min(width, values.length)
  const bars = Array.from({ length: count }, (_, i) => {
    const share = values.slice(
      Math.floor((i * values.length) / count),
      Math.floor(((i + 1) * values.length) / count),
    )
    const mean = share.reduce((sum, value) => sum + value, 0) / share.length
    const height = high > low ? (mean - low) / (high - low) : 0
    return BARS[Math.max(0, Math.min(BARS.length - 1, Math.round(height * (BARS.length - 1))))]
  })
  return bars.join('')
}
