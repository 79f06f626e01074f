import { passAtK, type EvaluatedSet, type SessionResult } from '@icrl/core'
import { collectMetrics, meanOf, shareOf } from '../run/metrics-line.ts'
import type { Metrics } from '../train-options.ts'

/** True if a session's last attempt succeeded. */
export function isSuccess({ outcomes }: SessionResult): boolean {
  return outcomes.at(-1)?.success === true
}

/** True unless a session failed before its first attempt ended: then it is in no accuracy. */
export function isCounted({ failure, outcomes }: SessionResult): boolean {
  return !failure || outcomes.length > 0
}

/**
 * Accuracy under each condition, and pass@k under the headline condition if tasks are repeated. A
 * session that failed late counts by its last finished attempt; `failed` counts all that failed, and
 * `coverage` is the share of the headline's sessions that count, where some do not. Of named sets,
 * each has figures of its own (`eval/<set>/…`), and `eval/<condition>` is the mean over the sets, each
 * counted once. It is left out if a set has no value: a mean over other sets would be another figure.
 */
export function evaluationMetrics(sets: readonly EvaluatedSet[], headline: string): Metrics {
  const named = sets.filter(({ name }) => name !== undefined)
  const unnamed = sets.filter(({ name }) => name === undefined)
  const failed = sets.reduce((sum, set) => sum + failures(set), 0)
  return collectMetrics([
    ...unnamed.flatMap((set) => [...accuracies('eval', set), ...passes('eval', set, headline)]),
    ...(named.length === 0 ? [] : macroMeans(named)),
    ...named.flatMap((set): Entry[] => {
      const family = `eval/${set.name}`
      return [
        ...accuracies(family, set),
        ...passes(family, set, headline),
        [`${family}/failed`, failures(set) || undefined],
        [`${family}/coverage`, coverageOf([set], headline)],
      ]
    }),
    ['eval/failed', failed || undefined],
    ['eval/coverage', coverageOf(sets, headline)],
  ])
}

type Entry = readonly [string, number | undefined]

function accuracies(family: string, { conditions }: EvaluatedSet): Entry[] {
  return Object.entries(conditions).map(([name, sessions]) => [
    `${family}/${name}`,
    accuracyOf(sessions),
  ])
}

function macroMeans(sets: readonly EvaluatedSet[]): Entry[] {
  return Object.keys(sets[0].conditions).map((name) => {
    const values = sets.map(({ conditions }) => accuracyOf(conditions[name]))
    const known = values.filter((value) => value !== undefined)
    return [`eval/${name}`, known.length === sets.length ? meanOf(known) : undefined]
  })
}

function accuracyOf(sessions: readonly SessionResult[]): number | undefined {
  return shareOf(sessions.filter(isCounted), isSuccess)
}

/** Share of the headline's sessions that count; undefined if all do, or there are none. */
function coverageOf(sets: readonly EvaluatedSet[], headline: string): number | undefined {
  const share = shareOf(
    sets.flatMap(({ conditions }) => conditions[headline] ?? []),
    isCounted,
  )
  return share === 1 ? undefined : share
}

function failures({ conditions }: EvaluatedSet): number {
  const sessions = Object.values(conditions).flat()
  return sessions.filter(({ failure }) => failure).length
}

/** pass@k for k = 2, 4, 8 … up to the repeats of the task that has fewest. */
function passes(family: string, { conditions }: EvaluatedSet, headline: string): Entry[] {
  const tasks = new Map<string, boolean[]>()
  for (const session of (conditions[headline] ?? []).filter(isCounted))
    tasks.set(session.task, [...(tasks.get(session.task) ?? []), isSuccess(session)])
  let fewest = Infinity
  for (const { length } of tasks.values()) fewest = Math.min(fewest, length)
  const entries: Entry[] = []
  for (let k = 2; tasks.size > 0 && k <= fewest; k *= 2) {
    entries.push([
      `${family}/pass_at_${k}`,
      meanOf(
        [...tasks.values()].map((right) => passAtK(right.length, right.filter(Boolean).length, k)),
      ),
    ])
  }
  return entries
}
