import { compileGame, type CompiledGame } from '../household/compile-game.ts'
import { generatedGames, type HouseholdGames } from '../household/household-games.ts'
import { playGame, type HouseholdPlay } from '../household/play-game.ts'
import type { HttpApp } from './app.ts'
import { int, str } from './fields.ts'
import { get, post, routed } from './router.ts'
import { finished, sessionTable, SessionError, told } from './session-table.ts'

/** Options of {@link alfworldApp}. */
export interface AlfworldAppOptions {
  /**
   * Numbers count the training games, then the test games.
   *
   * @defaultValue 2,420 training and 200 test games drawn from seed 0
   */
  readonly games?: HouseholdGames
  /** Whether to answer `/close`. @defaultValue false, as the original has no such path (404) */
  readonly close?: boolean
  /** Most sessions kept. @defaultValue 16,384 */
  readonly sessions?: number
}

interface Session {
  play?: HouseholdPlay
  info: Readonly<Record<string, unknown>>
}

const worldTypes = ['Text', 'Embody', 'Hybrid']
const keptGames = 256

/** What the original calls `task_type`: the folder of the game's file. */
function taskType(games: HouseholdGames, id: string): string {
  const { world, game } = games.game(id)!
  return id.includes('/') || !world ? id : `${world.task.type}/${game ?? id}`
}

function gameTable(
  games: HouseholdGames,
): (number: number) => { readonly compiled: CompiledGame; readonly type: string } {
  const ids = [...games.train, ...games.test]
  const recent = new Map<number, { compiled: CompiledGame; type: string }>()
  return (number) => {
    // Like a Python list: negative numbers count from the end.
    const id = ids.at(number)
    if (id === undefined || number < -ids.length) throw new SessionError('list index out of range')
    const known = recent.get(number) ?? {
      compiled: compileGame(games.game(id)!, id),
      type: taskType(games, id),
    }
    recent.delete(number)
    recent.set(number, known)
    if (recent.size > keptGames) recent.delete(recent.keys().next().value!)
    return known
  }
}

/**
 * The household behind AgentGym's ALFWorld protocol. Every answer is like the original's over
 * alfworld 0.3.5, errors included: `/create`, `/reset {id, game, world_type}`,
 * `/step {id, action}`, `/observation`, `/available_actions`, `/detail`.
 *
 * @example
 * const server = await serve(alfworldApp(), { port: 36001 })
 */
export function alfworldApp(options: AlfworldAppOptions = {}): HttpApp {
  const { games = generatedGames(), close = false, sessions: limit = 16_384 } = options
  const sessions = sessionTable<Session>(limit)
  const gameOf = gameTable(games)
  const running = (id: number): Session => {
    const session = sessions.find(id)
    if (session.info.done) throw finished(id)
    return session
  }
  const reset = (id: number, game: number, worldType: string): unknown => {
    const session = sessions.find(id)
    const { compiled, type } = gameOf(game)
    session.play = playGame(compiled)
    const told = {
      observation: session.play.turn.observation,
      available_actions: session.play.admissible(),
    }
    session.info = { world_type: worldType, game, ...told, done: false, reward: 0, deleted: false }
    return { id, ...told, task_type: type }
  }
  const step = (id: number, action: string): unknown => {
    const session = running(id)
    // The original looks the environment up in a dictionary; its error is the key.
    if (!session.play) throw new SessionError(String(id))
    const { observation, won, done } = session.play.step(action)
    const told = {
      observation,
      reward: won ? 1 : 0,
      available_actions: session.play.admissible(),
      done,
    }
    session.info = { ...session.info, ...told }
    return told
  }
  const field = (id: number, name: string): unknown => {
    const { info } = running(id)
    if (!(name in info)) throw new SessionError(`'${name}'`)
    return info[name]
  }
  return routed('alfworld', [
    get('/', {}, () => 'This is environment AlfWorld.'),
    post('/create', undefined, () => ({
      id: sessions.add({ info: { done: false, reward: 0, deleted: false } }),
    })),
    post('/reset', { id: int, game: int, world_type: str }, ({ id, game, world_type: worldType }) =>
      worldTypes.includes(worldType)
        ? told(() => reset(id, game, worldType))
        : { error: 'world_type must be one of "Text", "Embody" and "Hybrid"' },
    ),
    post('/step', { id: int, action: str }, ({ id, action }) => told(() => step(id, action))),
    get('/available_actions', { id: int }, ({ id }) => told(() => field(id, 'available_actions'))),
    get('/observation', { id: int }, ({ id }) => told(() => field(id, 'observation'))),
    get('/detail', { id: int }, ({ id }) => told(() => running(id).info)),
    ...(close ? [post('/close', { id: int }, ({ id }) => sessions.delete(id))] : []),
  ])
}
