import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's folder. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** What VitePress reads: every page of the site, written by `build.mjs`. */
export const pages = join(root, 'website/pages')

/** Where files of the repository that are no pages can be read. */
export const SOURCES = 'https://github.com/icrl-js/icrl/blob/main'
