import type { DrawKey } from '@icrl/core'

/** The key of session `session` in a test. */
export function drawKey(session: number, more: Partial<DrawKey> = {}): DrawKey {
  return {
    seed: 1,
    domain: 'eval',
    step: 0,
    task: 'test',
    session,
    role: 'solver',
    round: 1,
    branch: 0,
    turn: 0,
    ...more,
  }
}
