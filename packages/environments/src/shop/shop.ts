import type { Environment } from '@icrl/core'
import { localEnvironment, unknownTask } from '../local-environment.ts'
import { generateCatalog } from './generate-catalog.ts'
import { openShop, visitShop } from './play-shop.ts'
import type { Catalog } from './product.ts'
import { shopGoals, type ShopGoal } from './shop-goals.ts'
import type { ShopPlace } from './shop-pages.ts'

/** Options of {@link shop}. */
export interface ShopOptions {
  /** What is sold. @defaultValue a generated catalog of 1,000 products */
  readonly catalog?: Catalog
  /** What customers want. @defaultValue `shopGoals(catalog)` */
  readonly goals?: readonly ShopGoal[]
  /** Number of goals held out, from the first on. @defaultValue 500, but at most a fifth */
  readonly test?: number
  /** Turns after which an attempt ends. @defaultValue 30 */
  readonly maxTurns?: number
}

/** How to act, for the solver. */
export const shopInstructions = `You shop on a web site for what an instruction asks. search[keywords] looks for products; click[label] presses what is on the page: a product's
code, an option, click[back to search], click[next >], click[< prev], click[description], click[features], click[buy now]. Choose the options the
instruction names before you buy; buying ends the task. An action that is not possible changes nothing. Think first, then give one action between
<action> and </action>.`

/**
 * WebShop (Yao et al. 2022, arXiv 2207.01206): find and buy what an instruction asks for, in a
 * catalog of WebShop's format or a generated one. A task's id is the number of its goal. The reward
 * is that of the purchase, 1 if it fulfills every wish.
 *
 * @example
 * import { readJson } from '@icrl/environments/node'
 *
 * const catalog = readCatalog({
 *   products: readJson('items_shuffle_1000.json'),
 *   attributes: readJson('items_ins_v2_1000.json'),
 * })
 * const environment = shop({ catalog })
 */
export function shop(options: ShopOptions = {}): Environment {
  const { catalog = generateCatalog(), maxTurns = 30 } = options
  const { goals = shopGoals(catalog) } = options
  const { test = Math.min(500, Math.ceil(goals.length / 5)) } = options
  const opened = openShop(catalog)
  const ids = goals.map((_, i) => String(i))
  return localEnvironment({
    name: 'shop',
    instructions: shopInstructions,
    maxTurns,
    tasks: { train: ids.slice(test), test: ids.slice(0, test) },
    play: async (taskId) => {
      const goal = /^(0|[1-9]\d{0,6})$/.test(taskId) ? goals[Number(taskId)] : undefined
      if (!goal) throw unknownTask('shop', taskId)
      const visit = visitShop(opened, goal)
      return {
        start: { task: goal.instruction, observation: await visit.observation() },
        step: (action) => visit.step(action),
        snapshot: () => visit.place,
        restore: (place) => visit.moveTo(place as ShopPlace),
      }
    },
  })
}
