import { token_set_ratio as tokenSetRatio } from 'fuzzball'
import type { Product } from './product.ts'
import type { ShopGoal } from './shop-goals.ts'

/** A purchase's reward and its parts. */
export interface ShopReward {
  /** In [0, 1]. */
  readonly reward: number
  /** 1, 0.5, 0.1 or 0: whether it is the kind of thing wanted. */
  readonly type: number
  /** Attributes that the purchase has. */
  readonly attributes: number
  /** Options that were chosen rightly. */
  readonly options: number
  /** Whether the price is within the limit. */
  readonly price: boolean
}

const alike = 85

const emptyWords = new Set(
  'a an and are as at be by for from in into is it of on or that the this to with without your you our its all any more most new set pack pcs piece pieces count size color style'.split(
    ' ',
  ),
)

/**
 * The words of a title that say what a thing is: at least two letters, no filler words. WebShop
 * takes the nouns that spaCy finds.
 */
function contentWords(title: string): string[] {
  return (title.toLowerCase().match(/[\p{L}][\p{L}'’-]+/gu) ?? []).filter(
    (word) => !emptyWords.has(word),
  )
}

/**
 * How well two titles name the same kind of thing: the share of the wanted title's content words
 * that the other has.
 *
 * @example
 * titleScore('Mens Running Shoes', 'Womens Running Shoes Blue') // 2/3
 */
export function titleScore(wanted: string, bought: string): number {
  const words = contentWords(wanted)
  const others = new Set(contentWords(bought))
  return words.length === 0
    ? 0.2
    : [...new Set(words)].filter((word) => others.has(word)).length / words.length
}

function typeReward(goal: ShopGoal, product: Product): number {
  const categories = (path: string): Set<string> =>
    new Set(path.split('›').map((name) => name.trim()))
  const [mine, wanted] = [categories(product.productCategory), categories(goal.productCategory)]
  const score = titleScore(goal.title, product.title)
  if (score === 0) return 0
  if (score < 0.1) return 0.1
  const isMatch =
    product.query === goal.query ||
    [...mine].filter((name) => wanted.has(name)).length >= 2 ||
    score > 0.2
  return isMatch ? 1 : 0.5
}

function hasAttribute(product: Product, wanted: string): boolean {
  if (product.attributes.some((attribute) => tokenSetRatio(attribute, wanted) > alike)) return true
  return [product.title, product.bullets.join(' '), product.description].some((text) =>
    text.toLowerCase().includes(wanted),
  )
}

/**
 * WebShop's reward of a purchase (Yao et al. 2022, arXiv 2207.01206, eq. 1):
 *
 *     r = r_type · (matched attributes + matched options + [price ≤ limit]) / (attributes + options + 1)
 *
 * Attributes and options match if their token set ratio exceeds 85, options by their colors; an
 * attribute also matches if title, bullets or description contain it. Unlike in WebShop, titles are
 * compared by their content words, not by the nouns of a language model.
 *
 * @param chosen values of the chosen options
 * @example
 * const catalog = generateCatalog()
 * const [goal] = shopGoals(catalog)
 * shopReward(goal, catalog.byAsin.get(goal.asin)!, goal.options).reward // 1
 */
export function shopReward(
  goal: ShopGoal,
  product: Product,
  chosen: readonly string[],
): ShopReward {
  const type = typeReward(goal, product)
  const attributes = goal.attributes.filter((wanted) => hasAttribute(product, wanted)).length
  const colors = chosen.map(normalizeColor)
  const options = goal.options
    .map(normalizeColor)
    .filter((wanted) => colors.some((value) => tokenSetRatio(value, wanted) > alike)).length
  const price = product.price <= goal.priceUpper
  const reward =
    ((attributes + options + (price ? 1 : 0)) /
      (goal.attributes.length + goal.options.length + 1)) *
    type
  return { reward, type, attributes, options, price }
}

/** The colors that WebShop's reward knows, in its order. */
const colors = (
  'alabaster apricot aqua ash asphalt azure banana beige black blue blush bordeaux bronze brown burgundy camel camo caramel champagne charcoal cheetah ' +
  'chestnut chocolate christmas coffee cognac copper coral cranberry cream crystal dark denim eggplant elephant espresso fuchsia gold granite grape ' +
  'graphite grass gray green grey heather indigo ivory ivy khaki lavender lemon leopard light lilac lime magenta maroon mauve merlot midnight mint mocha ' +
  'multicolor mushroom mustard natural navy nude olive orange peach pewter pink plum purple rainbow red rose royal rust sand sapphire seashell silver ' +
  'skull slate steel stone stonewash sunflower tan taupe teal tiger turquoise violet walnut wheat white wine yellow'
).split(' ')

/**
 * The first color of WebShop's list that a value contains; the value itself if it contains none.
 *
 * @example
 * normalizeColor('1-dark blue') // 'blue'
 */
export function normalizeColor(value: string): string {
  return colors.find((color) => value.includes(color)) ?? value
}
