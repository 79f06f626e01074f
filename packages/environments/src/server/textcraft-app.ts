import type { CraftingTree } from '../textcraft/crafting-tree.ts'
import { generateRecipes } from '../textcraft/generate-recipes.ts'
import { stepTextcraft, type Inventory } from '../textcraft/play-textcraft.ts'
import { textcraftObservation } from '../textcraft/textcraft.ts'
import type { HttpApp } from './app.ts'
import { int, optional, str } from './fields.ts'
import { get, post, routed } from './router.ts'
import { sessionTable, SessionError, told } from './session-table.ts'

/** Options of {@link textcraftApp}. */
export interface TextcraftAppOptions {
  /** The recipes. @defaultValue a tree of invented things */
  readonly tree?: CraftingTree
  /** Seed of the distractors. @defaultValue 0 */
  readonly seed?: number
  /** Most sessions at once. @defaultValue 16,384 */
  readonly sessions?: number
}

interface Session {
  goal: string
  inventory: Inventory
  info: Readonly<Record<string, unknown>>
}

/**
 * TextCraft behind AgentGym's protocol: `/create {commands?, goal?}`, `/reset {id, data_idx}`,
 * `/step`, `/observation`, `/detail`, `/close`. `data_idx` counts the goals by depth and wraps
 * around. As in the original, a step after the end still plays.
 *
 * @example
 * import { generateRecipes } from '@icrl/environments'
 *
 * const server = await serve(textcraftApp({ tree: generateRecipes() }), { port: 36001 })
 */
export function textcraftApp(options: TextcraftAppOptions = {}): HttpApp {
  const { tree = generateRecipes(), seed = 0, sessions: limit = 16_384 } = options
  const sessions = sessionTable<Session>(limit)
  const start = (session: Session, index: number): Readonly<Record<string, unknown>> => {
    const count = tree.goals.length
    session.goal = tree.goals[((index % count) + count) % count]
    session.inventory = new Map()
    const shown = {
      observation: textcraftObservation(tree, session.goal, seed),
      done: false,
      reward: 0,
    }
    session.info = { ...shown, deleted: false }
    return shown
  }
  const step = (id: number, action: string): unknown => {
    const session = sessions.find(id)
    const { observation, reward, done } = stepTextcraft(
      tree,
      session.goal,
      session.inventory,
      action,
    )
    session.info = { ...session.info, observation, reward, done }
    return { observation, reward, done }
  }
  // A closed session is unknown here, not deleted.
  const known = (id: number): Session => {
    try {
      return sessions.find(id)
    } catch {
      throw new SessionError(`The id ${id} is not valid.`)
    }
  }
  return routed('textcraft', [
    get('/', {}, () => 'This is environment TextCraft.'),
    post('/create', { commands: optional(str, null), goal: optional(str, null) }, () => {
      const session: Session = { goal: '', inventory: new Map(), info: {} }
      const id = sessions.add(session)
      return { id, ...start(session, id) }
    }),
    post('/reset', { id: int, data_idx: optional(int, 0) }, ({ id, data_idx: index }) =>
      told(() => ({ id, ...start(known(id), index) })),
    ),
    post('/step', { id: int, action: str }, ({ id, action }) =>
      told(() => (known(id), step(id, action))),
    ),
    get('/observation', { id: int }, ({ id }) => told(() => known(id).info.observation)),
    get('/detail', { id: int }, ({ id }) => told(() => known(id).info)),
    post('/close', { id: int }, ({ id }) => sessions.delete(id)),
  ])
}
