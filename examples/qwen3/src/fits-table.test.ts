import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fitsTable } from './fits-table.ts'

it('the table of the README is the planned one', () => {
  const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8')
  const [table] = /^\| run +\|[^]*?(?=\n\n)/m.exec(readme)!
  expect(table).toBe(fitsTable())
})
