import type { Catalog } from '../shop/product.ts'
import { readCatalog } from '../shop/read-catalog.ts'
import { readJson } from './read-json.ts'

/**
 * A catalog from WebShop's files; see `readCatalog`.
 *
 * @throws IcrlError `missing-file`, `corrupt-file` naming the product
 * @example
 * const catalog = readCatalogFiles({
 *   products: 'items_shuffle_1000.json',
 *   attributes: 'items_ins_v2_1000.json',
 * })
 */
export function readCatalogFiles(
  paths: { readonly products: string; readonly attributes: string; readonly instructions?: string },
  options: { readonly seed?: number; readonly limit?: number } = {},
): Catalog {
  const { products, attributes, instructions } = paths
  return readCatalog(
    {
      products: readJson(products),
      attributes: readJson(attributes),
      ...(instructions === undefined ? {} : { instructions: readJson(instructions) }),
    },
    options,
  )
}
