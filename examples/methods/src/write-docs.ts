/**
 * Writes the tables of docs/methods.md and a page for each method from docstrings and stored
 * results. Then lay the files out: `npm run format`.
 *
 *     npx tsx --conditions=@icrl/source examples/methods/src/write-docs.ts
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { methodPages } from './method-pages.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
for (const [path, text] of await methodPages()) {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
}
