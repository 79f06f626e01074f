import type { Json, SessionContext, SessionResult, Task } from '@icrl/core'
import { type RoleTurn, sessionResult } from '@icrl/rollout'

/** What was read off answers: undefined where it cannot be read. */
export type Readings = Readonly<Record<string, Json | undefined>>

/**
 * A session's result with what was read off it as findings: each reading (null where it cannot be
 * read), how many could be `read` and how many are `unread`, the first `answer`, and `tokens`, which
 * are characters where the responder gives no tokens. `extra` findings come last.
 *
 * @example
 * import { concluded } from '@icrl/evaluators'
 * import { roleTurn, type RoleTurnOptions } from '@icrl/rollout'
 * async function* judged(options: RoleTurnOptions) {
 *   const said = yield* roleTurn(options)
 *   return concluded(options, [said], { verdict: said.text.includes('wrong') })
 * }
 */
export function concluded(
  { task, context }: { readonly task: Task; readonly context: Pick<SessionContext, 'session'> },
  turns: readonly RoleTurn[],
  readings: Readings,
  extra: Readonly<Record<string, Json>> = {},
): SessionResult {
  const values = Object.values(readings)
  return sessionResult(task, context, turns, {
    ...Object.fromEntries(Object.entries(readings).map(([name, value]) => [name, value ?? null])),
    read: values.filter((value) => value !== undefined).length,
    unread: values.filter((value) => value === undefined).length,
    answer: turns.at(0)?.text ?? '',
    tokens: turns.reduce((sum, turn) => sum + lengthOf(turn), 0),
    ...extra,
  })
}

/** Tokens of a turn, or characters of one that has no tokens. */
export function lengthOf({ reply, text }: Pick<RoleTurn, 'reply' | 'text'>): number {
  return reply.tokens.length || text.length
}

/**
 * A finding of a session, undefined where there is none or it could not be read.
 *
 * @example
 * import { foundIn } from '@icrl/evaluators'
 * foundIn<boolean>({ verdict: null }, 'verdict') // undefined
 */
export function foundIn<V extends Json>(
  findings: SessionResult['findings'],
  name: string,
): V | undefined {
  return (findings?.[name] as V | null | undefined) ?? undefined
}

/**
 * Sessions by item, in the items' order; an item without a session has none.
 *
 * @example
 * import { byItem } from '@icrl/evaluators'
 * byItem([{ id: 'q1' }], [])[0].sessions.length // 0
 */
export function byItem<I extends Task>(
  items: readonly I[],
  sessions: readonly SessionResult[],
): { readonly item: I; readonly sessions: readonly SessionResult[] }[] {
  const of = new Map<string, SessionResult[]>()
  for (const session of sessions) of.set(session.task, [...(of.get(session.task) ?? []), session])
  return items.map((item) => ({ item, sessions: of.get(item.id) ?? [] }))
}
