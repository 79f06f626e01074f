/** `1h 02m`, `3m 20s`, `12s`. */
export function durationInWords(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (value: number): string => String(value).padStart(2, '0')
  if (h > 0) return `${h}h ${two(m)}m`
  return m > 0 ? `${m}m ${two(s)}s` : `${s}s`
}

/** `812`, `12.3k`, `4.1M`. */
export function countInWords(count: number): string {
  if (count < 1000) return String(Math.round(count))
  return count < 1e6 ? `${(count / 1000).toFixed(1)}k` : `${(count / 1e6).toFixed(1)}M`
}

/** `0.41`, or `–` if there is none. */
export function shareInWords(share: number | undefined): string {
  return share === undefined ? '–' : share.toFixed(2)
}
