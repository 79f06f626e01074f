import { randomStream } from '@icrl/core'
import { drawsFrom, type Draws } from '../draws.ts'
import type { Catalog, Product } from './product.ts'

/** What a customer is asked to buy. */
export interface ShopGoal {
  /** The product from which the goal was made; any other that fits counts as well. */
  readonly asin: string
  /** The wish in words. */
  readonly instruction: string
  /** What the product must be like. */
  readonly attributes: readonly string[]
  /** Values of options. */
  readonly options: readonly string[]
  /** The most that it may cost. */
  readonly priceUpper: number
  /** Name of the product that was wished for. */
  readonly title: string
  /** A search that finds it. */
  readonly query: string
  /** Its department. */
  readonly productCategory: string
}

const noLimit = 1_000_000
const combinationsAtMost = 1000

/**
 * Draws two of the next four multiples of ten above the price and takes the larger. There is no
 * limit for products of 980 dollars or more.
 */
function drawLimit(price: number, draws: Draws): { priceUpper: number; words: string } {
  const tens = Array.from({ length: 99 }, (_, i) => 10 * (i + 1))
    .filter((ten) => ten > price)
    .slice(0, 4)
  if (tens.length < 2) return { priceUpper: noLimit, words: '' }
  const priceUpper = Math.max(...draws.shuffled(tens).slice(0, 2))
  return { priceUpper, words: `, and price lower than ${priceUpper.toFixed(2)} dollars` }
}

function combinations(lists: readonly (readonly string[])[]): string[][] {
  return lists.reduce<string[][]>(
    (found, list) =>
      found.flatMap((start) => list.map((value) => [...start, value])).slice(0, combinationsAtMost),
    [[]],
  )
}

function basics(product: Product): Pick<ShopGoal, 'asin' | 'title' | 'query' | 'productCategory'> {
  return {
    asin: product.asin,
    title: product.title,
    query: product.query,
    productCategory: product.productCategory,
  }
}

function syntheticGoals(product: Product, draws: Draws): ShopGoal[] {
  if (product.instruction === undefined || product.instructionAttributes.length === 0) return []
  const { priceUpper, words } = drawLimit(product.price, draws)
  const names = Object.keys(product.options).sort()
  return combinations(names.map((name) => product.options[name])).map((values) => {
    const options = values.map((value, i) => `${names[i]}: ${value}`).join(', and ')
    return {
      ...basics(product),
      instruction: `${product.instruction}${options === '' ? '' : ` with ${options}`}${words}`,
      attributes: product.instructionAttributes,
      options: values,
      priceUpper,
    }
  })
}

function writtenGoals(product: Product, draws: Draws): ShopGoal[] {
  return product.wishes.flatMap(({ instruction, attributes, options }) => {
    if (attributes.length === 0) return []
    const { priceUpper, words } = drawLimit(product.price, draws)
    return [
      {
        ...basics(product),
        instruction: instruction.replace(/^\.+|\.+$/g, '') + words,
        attributes,
        options,
        priceUpper,
      },
    ]
  })
}

/**
 * A catalog's goals, shuffled: synthetic ones (each product in every combination of its options,
 * at most 1,000 of one product), or the wishes that people wrote. Limits on the price and the order
 * are drawn from the seed (WebShop uses Python's `random`).
 *
 * @example
 * shopGoals(generateCatalog())[0].instruction // 'Find me … with color: blue, and price lower than 40.00 dollars'
 */
export function shopGoals(
  catalog: Catalog,
  options: { readonly kind?: 'synthetic' | 'written'; readonly seed?: number } = {},
): ShopGoal[] {
  const { kind = 'synthetic', seed = 0 } = options
  const make = kind === 'written' ? writtenGoals : syntheticGoals
  const goals = catalog.products.flatMap((product) =>
    make(product, drawsFrom(randomStream(seed, 'shop', 'limits', product.asin))),
  )
  return Array.from(
    randomStream(seed, 'shop', 'goals').permutation(0, goals.length),
    (i) => goals[i],
  )
}
