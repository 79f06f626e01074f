import { randomStream } from '@icrl/core'
import { generateCatalog } from '../shop/generate-catalog.ts'
import { openShop, visitShop, type ShopVisit } from '../shop/play-shop.ts'
import type { Catalog } from '../shop/product.ts'
import { shopGoals, type ShopGoal } from '../shop/shop-goals.ts'
import type { HttpApp } from './app.ts'
import { int, optional, str } from './fields.ts'
import { get, post, routed } from './router.ts'
import { sessionTable } from './session-table.ts'

/** Options of {@link webshopApp}. */
export interface WebshopAppOptions {
  /** What is sold. @defaultValue a generated catalog of 1,000 products */
  readonly catalog?: Catalog
  /** The goals, by session number. @defaultValue `shopGoals(catalog)` */
  readonly goals?: readonly ShopGoal[]
  /** Most sessions at once. @defaultValue 8,000 */
  readonly sessions?: number
}

/**
 * The shop behind AgentGym's WebShop protocol: `/create` gives a bare number,
 * `/reset {env_idx, session_id}` a pair; further `/step`, `/observation`, `/available_actions`,
 * `/instruction_text`, `/state`, `/list_envs`. As in the original there is no `/close`, unknown
 * sessions and goals are unhandled (status 500), and `/state` answers with the names of its fields.
 *
 * @example
 * const server = await serve(webshopApp(), { port: 36001 })
 */
export function webshopApp(options: WebshopAppOptions = {}): HttpApp {
  const { catalog = generateCatalog(), sessions: limit = 8000 } = options
  const { goals = shopGoals(catalog) } = options
  const shop = openShop(catalog)
  const sessions = sessionTable<{ visit: ShopVisit }>(limit)
  const ids = new Set<number>()
  const draws = randomStream(0, 'shop', 'sessions')
  let drawn = 0
  const visit = (number: number | undefined): ShopVisit => {
    const goal = goals.at(number ?? draws.integer(drawn++, goals.length))
    if (!goal || (number ?? 0) < -goals.length) throw new RangeError(`shop: no goal ${number}`)
    return visitShop(shop, goal)
  }
  return routed('webshop', [
    get('/', {}, () => 'ok'),
    get('/list_envs', {}, () => [...ids]),
    post('/create', undefined, () => {
      const id = sessions.add({ visit: visit(undefined) })
      ids.add(id)
      if (ids.size > limit) ids.delete(ids.values().next().value!)
      return id
    }),
    post(
      '/reset',
      { env_idx: int, session_id: optional(int, undefined) },
      async ({ env_idx: id, session_id: number }) => {
        const session = sessions.find(id)
        session.visit = visit(number)
        return [await session.visit.observation(), null]
      },
    ),
    post('/step', { env_idx: int, action: str }, async ({ env_idx: id, action }) => {
      const { observation, reward, done } = await sessions.find(id).visit.step(action)
      return { state: observation, reward, done, info: null }
    }),
    get('/observation', { env_idx: int }, ({ env_idx: id }) =>
      sessions.find(id).visit.observation(),
    ),
    get('/available_actions', { env_idx: int }, ({ env_idx: id }) =>
      sessions.find(id).visit.availableActions(),
    ),
    get(
      '/instruction_text',
      { env_idx: int },
      ({ env_idx: id }) => `Instruction: ${sessions.find(id).visit.goal.instruction}`,
    ),
    get('/state', { env_idx: int }, ({ env_idx: id }) => {
      sessions.find(id)
      return { url: 'url', html: 'html', instruction_text: 'instruction_text' }
    }),
  ])
}
