import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fitsTable } from './fits-table.ts'

it('the tables of the README are the planned ones', () => {
  const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8')
  expect(readme.match(/^\| run +\|[^]*?(?=\n\n)/gm)).toEqual([
    fitsTable('native-cpu'),
    fitsTable('native-cuda-bf16'),
  ])
})
