/**
 * A share as people read it: `0.923` as `92%`. A digit more near 0 and near all, so that only none
 * at all is `0%` and only all of it is `100%`.
 */
export function formatPercent(share: number): string {
  const value = Math.abs(100 * share)
  const sign = share < 0 ? '−' : ''
  if (value !== 0 && value < 0.05) return `${sign}<0.1%`
  if (value > 99.5 && value < 100) return `${sign}${value > 99.95 ? '>99.9' : value.toFixed(1)}%`
  return `${sign}${value < 10 ? Number(value.toFixed(1)) : Math.round(value)}%`
}
