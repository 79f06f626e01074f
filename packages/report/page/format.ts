import { formatPercent } from '../src/advisories/advisory.ts'
import type { Estimate } from '../src/statistics/comparison.ts'

export { formatPercent }

/** `61234` as `61.2k`. Below 10 with a decimal, so that only 0 is `0`. */
export function formatCount(value: number): string {
  const size = Math.abs(value)
  if (size < 0.05) return size === 0 ? '0' : `${value < 0 ? '−' : ''}<0.1`
  if (size < 10) return String(Number(value.toFixed(1))).replace('-', '−')
  if (size < 1000) return String(Math.round(value)).replace('-', '−')
  const [scaled, unit] =
    size < 1e6 ? [value / 1e3, 'k'] : size < 1e9 ? [value / 1e6, 'M'] : [value / 1e9, 'G']
  return `${scaled < 99.95 ? Number(scaled.toFixed(1)) : Math.round(scaled)}${unit}`
}

/** Seconds for people: `12 ms`, `42 s`, `3 min 20 s`, `1 h 5 min`. Only 0 is `0 s`. */
export function formatSeconds(seconds: number): string {
  if (seconds > 0 && seconds < 0.0005) return '<1 ms'
  if (seconds > 0 && seconds < 0.0995) return `${Math.round(1000 * seconds)} ms`
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60)
    return `${minutes} min${Math.round(seconds % 60) ? ` ${Math.round(seconds % 60)} s` : ''}`
  return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`
}

/**
 * Three significant digits, or six from 1000 on; an exponent for very large or small numbers, and a
 * true minus sign.
 */
export function formatNumber(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  const text =
    size >= 1e6 || size < 1e-4
      ? value.toExponential(1)
      : Number(value.toPrecision(size >= 1000 ? 6 : 3)).toString()
  return text.replace('-', '−')
}

/** A difference of two shares in percentage points: `+12.0`. */
export function formatPoints(difference: number): string {
  const points = Math.abs(100 * difference).toFixed(1)
  return `${Number(points) === 0 ? '' : difference > 0 ? '+' : '−'}${points}`
}

/** `93% (91% to 95%)` */
export function formatEstimate({ value, low, high }: Estimate): string {
  return low === undefined || high === undefined
    ? formatPercent(value)
    : `${formatPercent(value)} (${formatPercent(low)} to ${formatPercent(high)})`
}

/** `icrl, grpo and icrl-shuffled` */
export function formatList(words: readonly string[]): string {
  return words.length < 2
    ? (words[0] ?? '')
    : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

/** `1 step`, `2 steps` */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}
