/** A product of a shop. */
export interface Product {
  /** Its code, at most ten characters. */
  readonly asin: string
  /** Its name in the shop. */
  readonly title: string
  /** What it is, in prose. */
  readonly description: string
  /** What it is, point by point. */
  readonly bullets: readonly string[]
  /** The department. */
  readonly category: string
  /** What customers searched for to find it, lower case. */
  readonly query: string
  /** Path of categories, joined by "›". */
  readonly productCategory: string
  /** What it costs, in dollars. */
  readonly price: number
  /** The price as shown: "$12.5", "$10.0 to $20.0". */
  readonly priceTag: string
  /** Values by option, both lower case. */
  readonly options: Readonly<Record<string, readonly string[]>>
  /** Words for what it is like. */
  readonly attributes: readonly string[]
  /** What a customer for this product would ask for; used for synthetic goals. */
  readonly instruction?: string
  /** Those that a wish names. */
  readonly instructionAttributes: readonly string[]
  /** Wishes that people wrote down. */
  readonly wishes: readonly Wish[]
}

/** A person's wish that a product fulfils. */
export interface Wish {
  /** The wish in words. */
  readonly instruction: string
  /** What the product must be like. */
  readonly attributes: readonly string[]
  /** What must be chosen. */
  readonly options: readonly string[]
}

/** A shop's products, in the order of the catalog. */
export interface Catalog {
  /** All products. */
  readonly products: readonly Product[]
  /** Products by their numbers. */
  readonly byAsin: ReadonlyMap<string, Product>
  /** Number of products without a price; they cost 100 dollars, as in WebShop. */
  readonly unpriced: number
}
