import type { Product } from './product.ts'
import type { ShopGoal } from './shop-goals.ts'

/**
 * An expert who knows which product the goal was made from. It searches by its title, pages through
 * the results to it, chooses the options and buys. Give it each page; it answers with an action.
 *
 * @example
 * const catalog = generateCatalog()
 * const [goal] = shopGoals(catalog)
 * const act = solveShop(goal, catalog.byAsin.get(goal.asin)!)
 * act(await visitShop(openShop(catalog), goal).observation()) // 'search[…]'
 */
export function solveShop(goal: ShopGoal, { title, options }: Product): (page: string) => string {
  // The page gives a value that several options share to the last one; a wish names one value per
  // option.
  const choices = goal.options.filter((value) => Object.values(options).flat().includes(value))
  let chosen = 0
  return (page) => {
    if (page.startsWith('WebShop')) return `search[${title.replace(/[[\]]/g, ' ')}]`
    if (!page.includes(' [SEP] Buy Now'))
      return page.includes(` [SEP] ${goal.asin} [SEP] `) ? `click[${goal.asin}]` : 'click[next >]'
    return chosen < choices.length ? `click[${choices[chosen++]}]` : 'click[buy now]'
  }
}
