import { randomStream, type RandomStream } from '@icrl/core'
import {
  stepWordle,
  wordleStart,
  type WordleState,
  wordleWords,
  wordsLeft,
} from '../wordle/play-wordle.ts'
import { int, str } from './fields.ts'
import { get, post, type Route } from './router.ts'
import { finished, sessionTable, told } from './session-table.ts'

interface Session {
  state: WordleState
  draws: RandomStream
  info: Readonly<Record<string, unknown>> & { readonly done: boolean; readonly reward: number }
}

/**
 * The routes `/wordle/*` of AgentGym's LMRL-Gym server: `/create`, `/reset {id, seed}`, `/step`,
 * `/filtered_vocab`, `/observation`, `/detail`.
 */
export function wordleRoutes(
  words: readonly string[] = wordleWords,
  limit = 16_384,
): readonly Route[] {
  const sessions = sessionTable<Session>(limit)
  const running = (id: number): Session => {
    const session = sessions.find(id)
    if (session.info.done) throw finished(id)
    return session
  }
  const reset = (id: number, seed: number): unknown => {
    const session = sessions.find(id)
    const observation = "Let's start Wordle!"
    session.state = wordleStart
    session.draws = randomStream(0, 'wordle', seed)
    session.info = { seed, observation, done: false, reward: 0, deleted: false }
    return { id, observation }
  }
  const step = (id: number, action: string): unknown => {
    const session = running(id)
    const { observation, reward, done, state } = stepWordle(
      words,
      session.state,
      action,
      session.draws,
    )
    session.state = state
    // The original moves LMRL-Gym's −1 … 0 to 0 … 1.
    session.info = { ...session.info, observation, reward: session.info.reward + reward + 1, done }
    return { observation, reward: reward + 1, done }
  }
  return [
    post('/wordle/create', undefined, () => ({
      id: sessions.add({
        state: wordleStart,
        draws: randomStream(0, 'wordle'),
        info: { done: false, reward: 0, deleted: false },
      }),
    })),
    post('/wordle/reset', { id: int, seed: int }, ({ id, seed }) => told(() => reset(id, seed))),
    post('/wordle/step', { id: int, action: str }, ({ id, action }) =>
      told(() => step(id, action)),
    ),
    get('/wordle/filtered_vocab', { id: int }, ({ id }) =>
      told(() => wordsLeft(words, running(id).state)),
    ),
    get('/wordle/observation', { id: int }, ({ id }) =>
      told(() => running(id).info.observation ?? { error: "'observation'" }),
    ),
    get('/wordle/detail', { id: int }, ({ id }) => told(() => running(id).info)),
  ]
}
