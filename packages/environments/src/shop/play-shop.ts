import { bm25Retriever } from '../searchqa/bm25-retriever.ts'
import type { Retriever } from '../searchqa/retriever.ts'
import type { Catalog, Product } from './product.ts'
import type { ShopGoal } from './shop-goals.ts'
import { clickables, shopPage, subPages, type ShopPlace } from './shop-pages.ts'
import { shopReward } from './shop-reward.ts'

/** A shop: its catalog and its search. */
export interface Shop {
  /** What is sold. */
  readonly catalog: Catalog
  /** Finds at most fifty products for keywords, the best first. */
  search(keywords: string): Promise<readonly Product[]>
}

/** One customer in a shop. */
export interface ShopVisit {
  /** What is wished for. */
  readonly goal: ShopGoal
  /** The page that is open. */
  readonly place: ShopPlace
  /** The present page. */
  observation(): Promise<string>
  /** Whether the page has a search bar, and the labels that can be clicked on it. */
  availableActions(): Promise<{
    readonly has_search_bar: boolean
    readonly clickables: readonly string[]
  }>
  /** Takes an action; buying ends the visit. */
  step(
    action: string,
  ): Promise<{ readonly observation: string; readonly reward: number; readonly done: boolean }>
  /** Goes to a place where a visit with the same goal has been. */
  moveTo(place: ShopPlace): void
}

const hits = 50
const keptSearches = 512

function document({ title, description, bullets, options }: Product): string {
  const choices = Object.entries(options)
    .map(([name, values]) => `${name}: ${values.join(', ')}`)
    .join(', and ')
  return [title, description, bullets[0] ?? '', choices].join(' ').toLowerCase()
}

/**
 * Opens a shop: indexes title, description, first bullet point and options of each product for
 * BM25.
 *
 * @example
 * const shop = openShop(generateCatalog())
 */
export function openShop(catalog: Catalog): Shop {
  const retriever: Retriever = bm25Retriever(
    catalog.products.map((product) => ({ id: product.asin, contents: document(product) })),
  )
  const recent = new Map<string, Promise<readonly Product[]>>()
  const search = async (keywords: string): Promise<readonly Product[]> =>
    (await retriever.retrieve([keywords], hits))[0].map(({ id }) => catalog.byAsin.get(id)!)
  return {
    catalog,
    search: (keywords) => {
      const found = recent.get(keywords) ?? search(keywords)
      recent.delete(keywords)
      recent.set(keywords, found)
      if (recent.size > keptSearches) recent.delete(recent.keys().next().value!)
      return found
    },
  }
}

type ItemPlace = Extract<ShopPlace, { asin: string; keywords: string }>

/** Where a click on something clickable leads. */
function clicked(place: ShopPlace, label: string, shop: Shop, goal: ShopGoal): ShopPlace {
  if (label === 'back to search' || place.page === 'search' || place.page === 'done')
    return { page: 'search' }
  if (place.page === 'results') {
    if (label === 'next >') return { ...place, number: place.number + 1 }
    if (label === '< prev') return { ...place, number: place.number - 1 }
    return {
      page: 'item',
      keywords: place.keywords,
      number: place.number,
      asin: label.toUpperCase(),
      options: {},
    }
  }
  if (label === 'buy now') {
    const { reward } = shopReward(
      goal,
      shop.catalog.byAsin.get(place.asin)!,
      Object.values(place.options),
    )
    return { page: 'done', asin: place.asin, options: place.options, reward }
  }
  if (label === '< prev')
    return place.page === 'item'
      ? { page: 'results', keywords: place.keywords, number: place.number }
      : { ...place, page: 'item' }
  if (Object.hasOwn(subPages, label)) return { ...place, page: label as keyof typeof subPages }
  return chosen(place, label, shop.catalog.byAsin.get(place.asin)!)
}

/** If two options share a value, the later one takes it, as on the original's page. */
function chosen(place: ItemPlace, label: string, { options }: Product): ShopPlace {
  const name = Object.keys(options).findLast((key) => options[key].includes(label))!
  return { ...place, page: 'item', options: { ...place.options, [name]: label } }
}

/**
 * Sends a customer into a shop, with WebShop's pages and navigation: `search[keywords]` works on
 * every page, `click[label]` if the label is on the page; anything else changes nothing. Buying
 * gives the reward and ends the visit.
 *
 * WebShop's hidden searches `<r>`, `<a>`, `<c>` and `<q>` are not supported.
 *
 * @example
 * const catalog = generateCatalog()
 * const visit = visitShop(openShop(catalog), shopGoals(catalog)[0])
 * await visit.step('search[blue lamp]')
 */
export function visitShop(shop: Shop, goal: ShopGoal): ShopVisit {
  let place: ShopPlace = { page: 'search' }
  const found = async (): Promise<readonly Product[]> =>
    place.page === 'results' ? shop.search(place.keywords) : []
  const product = (): Product | undefined =>
    'asin' in place ? shop.catalog.byAsin.get(place.asin) : undefined
  const observation = async (): Promise<string> => shopPage(goal, place, await found(), product())
  const labels = async (): Promise<string[]> => clickables(place, await found(), product())
  return {
    goal,
    get place() {
      return place
    },
    observation,
    availableActions: async () => ({
      has_search_bar: place.page === 'search',
      clickables: await labels(),
    }),
    step: async (action) => {
      const [, name, given] = /^([^\n]+)\[([^\n]+)\]/.exec(action) ?? []
      const label = given?.toLowerCase()
      const before = place
      if (name === 'search') place = { page: 'results', keywords: label, number: 1 }
      else if (name === 'click' && label !== 'search' && (await labels()).includes(label))
        place = clicked(place, label, shop, goal)
      const isBought = place.page === 'done' && before.page !== 'done'
      return {
        observation: await observation(),
        reward: place.page === 'done' && isBought ? place.reward : 0,
        done: isBought,
      }
    },
    moveTo: (to) => {
      place = to
    },
  }
}
