import { IcrlError, randomStream } from '@icrl/core'
import type { Catalog, Product, Wish } from './product.ts'

type Fields = Readonly<Record<string, unknown>>

/** The contents of WebShop's three files. */
export interface CatalogFiles {
  /** `items_shuffle….json`: a list of products. */
  readonly products: unknown
  /** `items_ins….json`: by code, `{attributes, instruction, instruction_attributes}`. */
  readonly attributes: unknown
  /**
   * `items_human_ins.json`: by code, a list of
   * `{instruction, instruction_attributes, instruction_options}`.
   */
  readonly instructions?: unknown
}

const fail = (what: string): IcrlError =>
  new IcrlError(`catalog: ${what}.`, {
    code: 'corrupt-file',
    remedy: 'Give the files of WebShop’s data.',
  })
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const usualPrice = 100

/** A number as Python writes a float: 12 is "12.0". */
export function floatText(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value)
}

function readPrice(
  pricing: unknown,
  asin: string,
  seed: number,
): { price: number; priceTag: string; isGiven: boolean } {
  if (pricing === undefined || pricing === null || pricing === '')
    return { price: usualPrice, priceTag: `$${floatText(usualPrice)}`, isGiven: false }
  const prices = text(pricing)
    .split('$')
    .slice(1)
    .map((part) => Number.parseFloat(part.replace(/[^\d.]/g, '')))
  if (prices.length === 0 || !prices.every((price) => Number.isFinite(price)))
    throw fail(`product ${asin} has the price ${JSON.stringify(pricing)?.slice(0, 40)}`)
  const [low, high = low] = prices
  if (prices.length === 1) return { price: low, priceTag: `$${floatText(low)}`, isGiven: true }
  const price = low + randomStream(seed, 'shop', 'price', asin).uniform(0) * (high - low)
  return { price, priceTag: `$${floatText(low)} to $${floatText(high)}`, isGiven: true }
}

function readOptions(value: unknown): Record<string, string[]> {
  if (!isFields(value)) return {}
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, contents]) => {
      const values = (Array.isArray(contents) ? contents : []).flatMap((entry) =>
        isFields(entry) && typeof entry.value === 'string'
          ? [entry.value.trim().replaceAll('/', ' | ').toLowerCase()]
          : [],
      )
      return Array.isArray(contents) ? [[name.toLowerCase(), values] as const] : []
    }),
  )
}

function readWishes(value: unknown): Wish[] {
  return (Array.isArray(value) ? value : []).filter(isFields).map((wish) => ({
    instruction: text(wish.instruction),
    attributes: texts(wish.instruction_attributes),
    options: texts(wish.instruction_options),
  }))
}

/** The fields that WebShop's loader cannot do without. */
const required = ['name', 'full_description', 'category', 'query', 'product_category'] as const

function readProduct(
  fields: Fields,
  asin: string,
  files: CatalogFiles,
  seed: number,
): { product: Product; isPriced: boolean } {
  const missing = required.find((name) => typeof fields[name] !== 'string')
  if (missing !== undefined) throw fail(`product ${asin} has no text "${missing}"`)
  const { price, priceTag, isGiven } = readPrice(fields.pricing, asin, seed)
  const about =
    isFields(files.attributes) && Object.hasOwn(files.attributes, asin)
      ? files.attributes[asin]
      : undefined
  const {
    attributes,
    instruction,
    instruction_attributes: wanted,
  }: Fields = isFields(about) ? about : {}
  const wishes =
    isFields(files.instructions) && Object.hasOwn(files.instructions, asin)
      ? readWishes(files.instructions[asin])
      : []
  const product: Product = {
    asin,
    title: text(fields.name),
    description: text(fields.full_description),
    bullets: Array.isArray(fields.small_description)
      ? texts(fields.small_description)
      : [text(fields.small_description)],
    category: text(fields.category),
    query: text(fields.query).toLowerCase().trim(),
    productCategory: text(fields.product_category),
    price,
    priceTag,
    options: readOptions(fields.customization_options),
    attributes: Array.isArray(attributes) ? texts(attributes) : ['DUMMY_ATTR'],
    ...(typeof instruction === 'string' ? { instruction } : {}),
    instructionAttributes: texts(wanted),
    wishes,
  }
  return { product, isPriced: isGiven }
}

/**
 * A catalog in WebShop's format (Yao et al. 2022, arXiv 2207.01206), read by its loader's rules:
 * codes over ten characters and repeated ones are left out, option values are lower case with " | "
 * for "/", a product without a price costs 100 dollars. A product with a range of prices costs
 * something in between, drawn from the seed (WebShop draws it anew at each start).
 *
 * @param options `limit`: how many entries to read, from the first on; default: all
 * @throws IcrlError `corrupt-file` naming the product and the field, `empty-tasks` if no product is
 * left
 * @example
 * import { readJson } from '@icrl/environments/node'
 *
 * const catalog = readCatalog({
 *   products: readJson('items_shuffle_1000.json'),
 *   attributes: readJson('items_ins_v2_1000.json'),
 * })
 */
export function readCatalog(
  files: CatalogFiles,
  options: { readonly seed?: number; readonly limit?: number } = {},
): Catalog {
  const { seed = 0, limit = Infinity } = options
  if (!Array.isArray(files.products)) throw fail('the products are no list')
  const byAsin = new Map<string, Product>()
  let unpriced = 0
  files.products.slice(0, limit).forEach((fields: unknown, i) => {
    if (!isFields(fields) || typeof fields.asin !== 'string')
      throw fail(`entry ${i} has no code "asin"`)
    const { asin } = fields
    if (asin === 'nan' || asin.length > 10 || byAsin.has(asin)) return
    const { product, isPriced } = readProduct(fields, asin, files, seed)
    byAsin.set(asin, product)
    if (!isPriced) unpriced++
  })
  if (byAsin.size === 0)
    throw new IcrlError('catalog: no products.', {
      code: 'empty-tasks',
      remedy: 'Give a list of products.',
    })
  return { products: [...byAsin.values()], byAsin, unpriced }
}
