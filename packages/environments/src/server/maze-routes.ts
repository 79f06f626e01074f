import {
  describeCell,
  doubleT,
  mazeMoves,
  stepMaze,
  type MazeLayout,
  type MazeState,
} from '../maze/play-maze.ts'
import { int, str } from './fields.ts'
import { get, post, type Route } from './router.ts'
import { finished, sessionTable, SessionError, told } from './session-table.ts'

interface Session {
  state?: MazeState
  info: Readonly<Record<string, unknown>> & { readonly done: boolean; readonly reward: number }
}

const maxSteps = 50

/**
 * The routes `/maze/*` of AgentGym's LMRL-Gym server: `/create`, `/reset {id, game}`, `/step`,
 * `/available_actions`, `/observation`, `/detail`.
 */
export function mazeRoutes(layout: MazeLayout = doubleT, limit = 16_384): readonly Route[] {
  const sessions = sessionTable<Session>(limit)
  const running = (id: number): Session => {
    const session = sessions.find(id)
    if (session.info.done) throw finished(id)
    return session
  }
  const reset = (id: number, game: number): unknown => {
    const session = sessions.find(id)
    // The original's list ends with the goal, which its environment refuses as a start, without a
    // word.
    const starts = [...layout.starts, layout.goal]
    if (game >= starts.length) throw new SessionError(`The game ${game} is not valid.`)
    const position = starts.at(game)
    if (!position) throw new SessionError('list index out of range')
    if (position === layout.goal) throw new SessionError('')
    session.state = { position, steps: 0 }
    const observation = describeCell(layout, position)
    session.info = {
      maze_name: 'double_t_maze',
      observation,
      done: false,
      reward: 0,
      deleted: false,
    }
    return { observation }
  }
  const step = (id: number, action: string): unknown => {
    const session = running(id)
    if (!session.state) throw new SessionError(String(id))
    const { observation, reward, done, state } = stepMaze(layout, session.state, action, maxSteps)
    session.state = state
    session.info = { ...session.info, observation, reward: session.info.reward + reward, done }
    return { observation, reward, done }
  }
  const observation = (id: number): unknown => {
    const { info } = running(id)
    if (!('observation' in info)) throw new SessionError("'observation'")
    return info.observation
  }
  return [
    post('/maze/create', undefined, () => ({
      id: sessions.add({ info: { done: false, reward: 0, deleted: false } }),
    })),
    post('/maze/reset', { id: int, game: int }, ({ id, game }) => told(() => reset(id, game))),
    post('/maze/step', { id: int, action: str }, ({ id, action }) => told(() => step(id, action))),
    get('/maze/available_actions', {}, () => Object.keys(mazeMoves)),
    get('/maze/observation', { id: int }, ({ id }) => told(() => observation(id))),
    get('/maze/detail', { id: int }, ({ id }) => told(() => running(id).info)),
  ]
}
