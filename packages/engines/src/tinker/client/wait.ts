import { IcrlError } from '@icrl/core'

/** Milliseconds of a clock that never jumps: deadlines do not depend on the time of day. */
export const now = (): number => performance.now()

/** When something must have ended, in milliseconds of {@link now}, and what it is. */
export interface Deadline {
  readonly at: number
  readonly what: string
}

/** The deadline of something that begins now. */
export function deadlineIn(milliseconds: number, what: string): Deadline {
  return { at: now() + milliseconds, what }
}

/** The longest wait between two tries, whatever a server asks for: its clock may be wrong. */
const LONGEST_WAIT = 30_000

/**
 * Waits before the next try, growing from 0.25 s, or as long as the server asked for.
 *
 * @throws IcrlError `timeout` if the deadline comes first, with what the last try failed of
 */
export async function waitForRetry(
  tries: number,
  { at, what }: Deadline,
  { asked, cause }: { readonly asked?: number; readonly cause?: unknown } = {},
): Promise<void> {
  const wait = Math.min(LONGEST_WAIT, asked ?? Math.min(4000, 250 * 2 ** tries))
  if (now() + wait >= at) throw late(what, cause)
  await new Promise((resolve) => setTimeout(resolve, wait))
}

/** The error of what did not end in time. */
export function late(what: string, cause?: unknown): IcrlError {
  const last = cause instanceof Error ? ` The last try: ${cause.message}` : ''
  return new IcrlError(`${what}: no result before its deadline.${last}`, {
    code: 'timeout',
    remedy:
      'See whether the server still works (its log, `/api/v1/healthz`), raise `deadline`, and resume from the last checkpoint.',
    triedEnough: true,
    cause,
  })
}
