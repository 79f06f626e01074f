import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { disagreementsPage } from './disagreements.ts'
import { hasSharedData } from './shared-data.ts'

describe.skipIf(!hasSharedData)('docs/disagreements.md', () => {
  it('is what the data and the code say, every disagreement with its reason', () => {
    const page = readFileSync(new URL('../docs/disagreements.md', import.meta.url), 'utf8')
    expect(page).toBe(disagreementsPage())
  })
})
