import type { RoleBinding } from '@icrl/core'
import type { TurnEvent } from '@icrl/rollout'

/**
 * Counts the tokens of each session of a step where they are sampled: one side of the ledger.
 */
export interface TokenMeter {
  /** Counts a reply; those of roles that are not trained do not matter. */
  readonly count: (event: TurnEvent) => void
  /** Tokens sampled for trained roles, by `sessionKey`. */
  readonly counts: ReadonlyMap<string, number>
}

/** A meter of every role that has a policy to train. */
export function tokenMeter(roles: Readonly<Record<string, RoleBinding>>): TokenMeter {
  const counts = new Map<string, number>()
  return {
    counts,
    count({ request: { key }, reply }) {
      if (roles[key.role]?.policy === undefined) return
      const session = sessionKey(key)
      counts.set(session, (counts.get(session) ?? 0) + reply.tokens.length)
    },
  }
}

/** Names a session of a step. */
export function sessionKey({
  task,
  session,
}: {
  readonly task: string
  readonly session: number
}): string {
  return `${session}/${task}`
}
