import type { Catalogue } from '../shop/product.ts'
import { readCatalogue } from '../shop/read-catalogue.ts'
import { readJson } from './read-json.ts'

/**
 * A catalogue from WebShop's files; see `readCatalogue`.
 *
 * @throws IcrlError `missing-file`, `corrupt-file` naming the product
 * @example
 * const catalogue = readCatalogueFiles({
 *   products: 'items_shuffle_1000.json',
 *   attributes: 'items_ins_v2_1000.json',
 * })
 */
export function readCatalogueFiles(
  paths: { readonly products: string; readonly attributes: string; readonly instructions?: string },
  options: { readonly seed?: number; readonly limit?: number } = {},
): Catalogue {
  const { products, attributes, instructions } = paths
  return readCatalogue(
    {
      products: readJson(products),
      attributes: readJson(attributes),
      ...(instructions === undefined ? {} : { instructions: readJson(instructions) }),
    },
    options,
  )
}
