import type { Role, RoleBinding, Sampler } from '@icrl/core'
import type { Responder } from '@icrl/rollout'

/**
 * Counts the tokens of each session of a step where they are sampled: one side of the ledger.
 */
export interface TokenMeter {
  /** The same responders, with those of trained roles metered. */
  readonly responders: Readonly<Record<string, Responder>>
  /** Tokens sampled for trained roles, by `sessionKey`. */
  readonly counts: ReadonlyMap<string, number>
}

/** Meters the responders of every role that has a policy to train. */
export function meterTokens(
  responders: Readonly<Record<string, Responder>>,
  roles: Readonly<Record<Role, RoleBinding>>,
): TokenMeter {
  const counts = new Map<string, number>()
  const metered = (sampler: Sampler): Sampler => ({
    async sample(request, signal) {
      const generation = await sampler.sample(request, signal)
      const session = sessionKey(request.key)
      counts.set(session, (counts.get(session) ?? 0) + generation.tokens.length)
      return generation
    },
  })
  const entries = Object.entries(responders).map(([role, responder]): [Role, Responder] => [
    role,
    'sample' in responder && roles[role]?.policy !== undefined ? metered(responder) : responder,
  ])
  return { responders: Object.fromEntries(entries), counts }
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
