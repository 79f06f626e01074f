import type { Run } from '../run.ts'

/** Sessions that tell a run's story: first, last, best and worst. */
const STORY = 4

/**
 * How many sessions of each run are shown, by the run's place: equal shares, but never fewer than a
 * run's four special ones. If there are too many runs for that, the first seed of every method
 * comes first, then the second, and the last runs show none.
 */
export function shareSessions(runs: readonly Pick<Run, 'label'>[], maxSessions: number): number[] {
  const rank = runs.map(
    ({ label }, place) => runs.slice(0, place).filter((other) => other.label === label).length,
  )
  const order = runs.map((_, place) => place).sort((a, b) => rank[a] - rank[b] || a - b)
  const shown = order.slice(0, Math.max(1, Math.floor(maxSessions / STORY)))
  const shares = runs.map(() => 0)
  shown.forEach(
    (place, i) =>
      (shares[place] =
        Math.floor(maxSessions / shown.length) + Number(i < maxSessions % shown.length)),
  )
  return shares
}
