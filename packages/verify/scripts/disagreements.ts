// Writes docs/disagreements.md from the reference data: node --conditions=@icrl/source --import tsx
// packages/verify/scripts/disagreements.ts
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { disagreementsPage } from '../test/disagreements.ts'

const page = new URL('../docs/disagreements.md', import.meta.url)
mkdirSync(new URL('.', page), { recursive: true })
writeFileSync(page, disagreementsPage())
console.log(`wrote ${fileURLToPath(page)}`)
