// Puts the rows that `npm run bench -- --json FILE` wrote into docs/performance.md: node
// --conditions=@icrl/source --import tsx bench/write-performance-page.ts FILE …, where rows of a
// later file take the place of an earlier one's.
import { readFileSync, writeFileSync } from 'node:fs'
import { mergeRows, replaceSections, sectionsOf } from './src/performance-page.ts'
import type { Row } from './src/row.ts'

const files = process.argv.slice(2)
if (files.length === 0)
  throw new Error(
    'write-performance-page.ts: give the file that npm run bench -- --json FILE wrote',
  )
const rows = mergeRows(files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Row[]))
const page = new URL('../docs/performance.md', import.meta.url)
writeFileSync(page, replaceSections(readFileSync(page, 'utf8'), sectionsOf(rows)))
console.log(`docs/performance.md: ${rows.length} rows`)
