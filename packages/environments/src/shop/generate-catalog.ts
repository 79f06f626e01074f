import { IcrlError, randomStream } from '@icrl/core'
import { drawsFrom, type Draws } from '../draws.ts'
import type { Catalog, Product } from './product.ts'
import { kinds, type ProductKind } from './product-kinds.ts'
import { floatText } from './read-catalog.ts'

/** Options of {@link generateCatalog}. */
export interface GenerateCatalogOptions {
  /** Another seed makes another catalog. @defaultValue 0 */
  readonly seed?: number
  /** Number of products. @defaultValue 1,000 */
  readonly products?: number
}

const brands =
  'Alvento Brimley Corvane Dunmere Elwick Farrowby Glenholt Hartsea Ilvane Jorvale Kestrin Lumbrook Marwell Norholm Oakvine Pellbury Quenby Rostrev Selvane Thornby'.split(
    ' ',
  )
const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ0123456789'.split('')
const productsAtMost = 200_000

function drawAsin(draws: Draws, taken: ReadonlySet<string>): string {
  for (;;) {
    const asin = `B0${Array.from({ length: 8 }, () => draws.pick(letters)).join('')}`
    if (!taken.has(asin)) return asin
  }
}

const capital = (text: string): string =>
  text.replace(/(^|\s)\p{Ll}/gu, (letter) => letter.toUpperCase())

function drawProduct(kind: ProductKind, asin: string, draws: Draws): Product {
  const attributes = draws.shuffled(kind.attributes).slice(0, draws.between(3, 5))
  const wanted = attributes.slice(0, draws.between(1, 3))
  const options = Object.fromEntries(
    Object.entries(kind.options).map(([name, values]) => [
      name,
      draws.shuffled(values).slice(0, draws.between(2, Math.min(4, values.length))),
    ]),
  )
  const model = `${draws.pick(letters)}${draws.between(100, 999)}`
  const title = `${draws.pick(brands)} ${capital(attributes[0])} ${capital(kind.name)} ${model}`
  const price =
    draws.between(Math.round(kind.price[0] * 100), Math.round(kind.price[1] * 100)) / 100
  return {
    asin,
    title,
    description: `${capital(kind.name)} ${model} for ${draws.pick(kind.uses)}. ${capital(attributes[1])}, ${attributes.slice(2).join(', ')}.`,
    bullets: attributes.map(
      (attribute) => `${capital(attribute)}: made for ${draws.pick(kind.uses)}`,
    ),
    category: kind.category,
    query: kind.name,
    productCategory: kind.path,
    price,
    priceTag: `$${floatText(price)}`,
    options,
    attributes,
    instruction: `Find me ${wanted.join(', ')} ${kind.name}`,
    instructionAttributes: wanted,
    wishes: [],
  }
}

/**
 * A catalog drawn from a seed: products of two dozen kinds, each with a brand, attributes, options,
 * a price and an instruction.
 *
 * @throws IcrlError `invalid-option` for a number of products that is not from 1 to 200,000
 * @example
 * const catalog = generateCatalog({ products: 200 })
 */
export function generateCatalog(options: GenerateCatalogOptions = {}): Catalog {
  const { seed = 0, products: count = 1000 } = options
  if (!Number.isInteger(count) || count < 1 || count > productsAtMost) {
    throw new IcrlError(`shop: ${count} products.`, {
      code: 'invalid-option',
      remedy: `Use a whole number from 1 to ${productsAtMost}.`,
    })
  }
  const draws = drawsFrom(randomStream(seed, 'shop', 'catalogue'))
  const asins = new Set<string>()
  const products = Array.from({ length: count }, () => {
    const asin = drawAsin(draws, asins)
    asins.add(asin)
    return drawProduct(draws.pick(kinds), asin, draws)
  })
  return {
    products,
    byAsin: new Map(products.map((product) => [product.asin, product])),
    unpriced: 0,
  }
}
