import {
  type DrawKey,
  IcrlError,
  type Role,
  type RoleBinding,
  type SessionContext,
} from '@icrl/core'

/** What the draws of a batch of sessions have in common. */
export type Draw = Pick<DrawKey, 'seed' | 'domain' | 'step'>

/** Options of {@link sessionContext}. */
export interface SessionContextOptions {
  /** How each role speaks. */
  readonly roles: Readonly<Record<string, RoleBinding>>
  /** Which of the run's draws the session takes. */
  readonly draw: Draw
  /** The task's id. */
  readonly task: string
  /** 0-based. */
  readonly session: number
  /** Ends the session early. */
  readonly signal: AbortSignal
}

/**
 * The context of one session. Keys and ids are pure functions of the draw, the task and the
 * session, so a retry, another concurrency or a resumed run repeats them. A sample's id reads
 * `train3/<task>/<session>/<role>-<round>-<branch>`.
 *
 * @example
 * import { sessionContext } from '@icrl/rollout'
 * const context = sessionContext({
 *   roles: {},
 *   draw: { seed: 0, domain: 'train', step: 3 },
 *   task: 'q7',
 *   session: 1,
 *   signal: new AbortController().signal,
 * })
 * console.log(context.sampleId('critic', 1)) // train3/q7/1/critic-1-0
 */
export function sessionContext({
  roles,
  draw,
  task,
  session,
  signal,
}: SessionContextOptions): SessionContext {
  return {
    roles,
    session,
    signal,
    key(role, round, turn, branch = 0) {
      return {
        seed: draw.seed,
        domain: draw.domain,
        step: draw.step,
        task,
        session,
        role,
        round,
        branch,
        turn,
      }
    },
    sampleId(role, round, branch = 0) {
      return `${draw.domain}${draw.step}/${task}/${session}/${role}-${round}-${branch}`
    },
    // Replaced by whoever runs the session and can fail.
    keep() {},
  }
}

/** @throws `invalid-option` if the run does not bind the role. */
export function boundRole(roles: Readonly<Record<string, RoleBinding>>, role: Role): RoleBinding {
  const binding = roles[role]
  if (binding) return binding
  throw new IcrlError(
    `role "${role}" is not bound: there are ${
      Object.keys(roles)
        .map((name) => `"${name}"`)
        .join(', ') || 'none'
    }.`,
    { code: 'invalid-option', remedy: `Give bindings.${role} and samplers.${role}.` },
  )
}
