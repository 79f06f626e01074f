import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fitsTable } from './fits-table.ts'

it('the tables of the page are the planned ones', () => {
  const page = readFileSync(
    join(import.meta.dirname, '..', '..', '..', 'docs', 'papers-experiments.md'),
    'utf8',
  )
  expect(page.match(/^\| run +\|[^]*?(?=\n\n)/gm)).toEqual([
    fitsTable('native-cpu'),
    fitsTable('native-cuda-bf16'),
  ])
})
