import type { Product } from './product.ts'
import { floatText } from './read-catalog.ts'
import type { ShopGoal } from './shop-goals.ts'

/** Sub pages of an item, by their button in lower case. */
export const subPages = {
  description: 'Description',
  features: 'Features',
  reviews: 'Reviews',
} as const

/** Where the customer is. */
export type ShopPlace =
  | {
      /** Which page it is. */
      readonly page: 'search'
    }
  | {
      /** Which page it is. */
      readonly page: 'results'
      /** The search that led to it. */
      readonly keywords: string
      /** Which page of its results, from 1. */
      readonly number: number
    }
  | {
      /** Which page it is. */
      readonly page: 'item' | keyof typeof subPages
      /** The search that led to it. */
      readonly keywords: string
      /** Which page of its results, from 1. */
      readonly number: number
      /** Number of the product. */
      readonly asin: string
      /** What has been chosen. */
      readonly options: Readonly<Record<string, string>>
    }
  | {
      /** Which page it is. */
      readonly page: 'done'
      /** Number of the product. */
      readonly asin: string
      /** What has been chosen. */
      readonly options: Readonly<Record<string, string>>
      /** What the purchase earned. */
      readonly reward: number
    }

/** Products on a page of results. */
export const pageSize = 10

const separator = ' [SEP] '

function itemTexts(product: Product): string[] {
  const options = Object.entries(product.options).flatMap(([name, values]) => [name, ...values])
  return [
    ...options,
    product.title,
    `Price: ${product.priceTag}`,
    'Rating: N.A.',
    ...Object.values(subPages),
    'Buy Now',
  ]
}

function subPageTexts(product: Product, page: keyof typeof subPages): readonly string[] {
  // The catalog holds no reviews.
  return page === 'description' ? [product.description] : page === 'features' ? product.bullets : []
}

/** Python's JSON: blanks after colons and commas. */
function optionsJson(options: Readonly<Record<string, string>>): string {
  return `{${Object.entries(options)
    .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`)
    .join(', ')}}`
}

function doneTexts(
  asin: string,
  options: Readonly<Record<string, string>>,
  reward: number,
): string[] {
  const bought = [
    'Purchased',
    'asin',
    asin,
    'options',
    optionsJson(options),
    'attrs',
    'None',
    'category',
    'None',
    'query',
    'None',
    'product category',
    'None',
  ]
  const target = [
    'Target',
    'asin',
    'options',
    'attrs',
    'price upper',
    'instuction text',
    'category',
    'product category',
    'query',
    'Goal',
    'None',
  ]
  return [
    'Thank you for shopping with us!',
    'Your code:',
    'None',
    '(Paste it in your MTurk interface.)',
    ...bought,
    ...target,
    'Reward',
    'Your score (min 0.0, max 1.0)',
    floatText(reward),
    'Reward Details',
    'None',
  ]
}

/**
 * A page as WebShop's text mode shows it: the visible texts, joined by " [SEP] ".
 *
 * @param results all products found by the keywords of a results page
 * @param product the product of an item page
 */
export function shopPage(
  goal: ShopGoal,
  place: ShopPlace,
  results: readonly Product[],
  product: Product | undefined,
): string {
  const top = ['Instruction:', goal.instruction, 'Back to Search']
  if (place.page === 'search')
    return ['WebShop', 'Instruction:', goal.instruction, 'Search'].join(separator)
  if (place.page === 'done')
    return doneTexts(place.asin, place.options, place.reward).join(separator)
  if (place.page === 'results') {
    const shown = results.slice((place.number - 1) * pageSize, place.number * pageSize)
    const buttons = [...(place.number > 1 ? ['< Prev'] : []), 'Next >']
    return [
      ...top,
      `Page ${place.number} (Total results: ${results.length})`,
      ...buttons,
      ...shown.flatMap(({ asin, title, priceTag }) => [asin, title, priceTag]),
    ].join(separator)
  }
  const texts = place.page === 'item' ? itemTexts(product!) : subPageTexts(product!, place.page)
  return [...top, '< Prev', ...texts].join(separator)
}

/**
 * What can be clicked on a page, in lower case: buttons, then links to products, then values of
 * options.
 */
export function clickables(
  place: ShopPlace,
  results: readonly Product[],
  product: Product | undefined,
): string[] {
  if (place.page === 'search') return ['search']
  if (place.page === 'done') return []
  if (place.page === 'results') {
    const links = results
      .slice((place.number - 1) * pageSize, place.number * pageSize)
      .map(({ asin }) => asin.toLowerCase())
    return ['back to search', ...(place.number > 1 ? ['< prev'] : []), 'next >', ...links]
  }
  if (place.page !== 'item') return ['back to search', '< prev']
  return [
    ...new Set([
      'back to search',
      '< prev',
      ...Object.keys(subPages),
      'buy now',
      ...Object.values(product!.options).flat(),
    ]),
  ]
}
