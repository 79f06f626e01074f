import type { AgentSession } from './session.ts'

/**
 * A segment as data to learn from: what `sft` of `@icrl/recipes` takes as a demonstration. T is the
 * length of `response`.
 */
export interface SegmentDemonstration {
  /** `[P]` ids of the opening, without guidance. */
  readonly prompt: Int32Array
  /** `[T]` what was sampled and shown, as it was sampled. */
  readonly response: Int32Array
  /** `[T]` 1 where it was sampled. */
  readonly mask: Uint8Array
  /** `[T]` nats, 0 where it was shown. */
  readonly logprobs: Float32Array
}

/**
 * The segments of a session as demonstrations, by ids: nothing is encoded again. Segments that repeat
 * guidance are left out, and so are those that were never answered. Choose the sessions yourself:
 * those that passed, say.
 *
 * @example
 * declare const gateway: Gateway
 * const passed = [...gateway.sessions.values()].filter(({ outcome }) => outcome?.success)
 * const demonstrations = passed.flatMap(sessionDemonstrations)
 */
export function sessionDemonstrations(
  session: Pick<AgentSession, 'segments' | 'quoting' | 'unguided'>,
): SegmentDemonstration[] {
  return session.segments
    .filter(({ index, turns }) => turns.length > 0 && !session.quoting.has(index))
    .map((segment) => ({
      prompt: session.unguided(segment),
      ...segment.conversation.response(),
    }))
}
