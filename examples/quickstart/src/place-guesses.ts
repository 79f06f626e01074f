import type { SessionResult } from '@icrl/core'
import { LOOK } from './appliance-vocabulary.ts'

/** Counts, over sessions as they end, first attempts that take a place they have not looked for. */
export interface GuessCounter {
  add(session: SessionResult): void
  /** Share of the attempts since the last call; undefined without any. */
  rate(): number | undefined
}

/**
 * True if the critique-free attempt takes a place before it looks. A solver does that if it has
 * learned from advice what only advice can know.
 */
export function guessesPlace({ transcript }: Pick<SessionResult, 'transcript'>): boolean {
  const actions = transcript
    .filter(({ role, round }) => role === 'solver' && round === 1)
    .map(({ text }) => text.trim())
  const taken = actions.findIndex((action) => action.startsWith('take-'))
  return taken >= 0 && !actions.slice(0, taken).includes(LOOK)
}

export function guessCounter(): GuessCounter {
  let [attempts, guesses] = [0, 0]
  return {
    add(session) {
      if (session.failure) return
      attempts++
      if (guessesPlace(session)) guesses++
    },
    rate() {
      const share = attempts === 0 ? undefined : guesses / attempts
      ;[attempts, guesses] = [0, 0]
      return share
    },
  }
}
