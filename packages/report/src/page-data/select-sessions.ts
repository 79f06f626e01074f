import { randomStream } from '@icrl/core'
import type { Choice } from './report-data.ts'
import type { SessionEntry } from './survey-run.ts'

/** A session and why it is shown. */
export interface ChosenSession {
  readonly entry: SessionEntry
  readonly chosen: readonly Choice[]
}

export interface SelectSessionsOptions {
  /** Most sessions; the four special ones come first. */
  readonly count: number
  /** Seed of the draw. */
  readonly seed: number
}

/**
 * The sessions of a run that are worth a person's time: its first and last, the best and the worst,
 * and others drawn by seed, in turn from those with a critique and from all. The best has the
 * highest last reward; among equals the greatest rise over the first attempt counts, then the
 * earliest. The worst has the lowest last reward; among equals the latest. They are in the order of
 * the run.
 */
export function selectSessions(
  entries: readonly SessionEntry[],
  { count, seed }: SelectSessionsOptions,
): ChosenSession[] {
  const chosen = new Map<SessionEntry, Choice[]>()
  const choose = (entry: SessionEntry | undefined, why: Choice): void => {
    if (!entry || (chosen.size >= count && !chosen.has(entry))) return
    chosen.set(entry, [...(chosen.get(entry) ?? []), why])
  }
  choose(entries[0], 'first')
  choose(entries.at(-1), 'last')
  choose(extreme(entries, isBetter), 'best')
  choose(extreme(entries, isWorse), 'worst')
  for (const entry of drawnOrder(entries, seed)) {
    if (chosen.size >= count) break
    if (!chosen.has(entry)) choose(entry, 'drawn')
  }
  const places = new Map(entries.map((entry, i) => [entry, i]))
  return [...chosen]
    .map(([entry, why]) => ({ entry, chosen: why }))
    .sort((a, b) => places.get(a.entry)! - places.get(b.entry)!)
}

function extreme(
  entries: readonly SessionEntry[],
  isBeyond: (a: SessionEntry, b: SessionEntry) => boolean,
): SessionEntry | undefined {
  return entries
    .filter(({ rewards }) => rewards.length > 0)
    .reduce<SessionEntry | undefined>(
      (found, entry) => (!found || isBeyond(entry, found) ? entry : found),
      undefined,
    )
}

const last = ({ rewards }: SessionEntry): number => rewards.at(-1)!
const rise = ({ rewards }: SessionEntry): number => rewards.at(-1)! - rewards[0]

const isBetter = (a: SessionEntry, b: SessionEntry): boolean =>
  last(a) > last(b) || (last(a) === last(b) && rise(a) > rise(b))
const isWorse = (a: SessionEntry, b: SessionEntry): boolean => last(a) <= last(b)

/**
 * All sessions in random order, those with a critique and any in turn; a session may come twice.
 */
function* drawnOrder(
  entries: readonly SessionEntry[],
  seed: number,
): Generator<SessionEntry, void, undefined> {
  const draws = randomStream(seed, 'sessions shown')
  const any = Array.from(draws.permutation(0, entries.length), (place) => entries[place])
  const critiqued = any.filter(({ hasCritique }) => hasCritique)
  for (let i = 0; i < any.length; i++) {
    if (i < critiqued.length) yield critiqued[i]
    yield any[i]
  }
}
