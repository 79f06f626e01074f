import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { run } from './main.ts'

it('learns sums from rewards alone, in a loop that is not ours', () => {
  const right = run(100)
  expect(right[0]).toBeLessThan(0.2)
  expect(right.at(-1)).toBeGreaterThan(0.95)
  const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8')
  expect(readme).toContain(`step 100  right ${right[99].toFixed(3)}`)
})

it('imports no trainer and no engine', () => {
  const source = readFileSync(new URL('./main.ts', import.meta.url), 'utf8')
  const imported = [...source.matchAll(/from '(@icrl\/[^']+)'/g)].map(([, name]) => name)
  expect(imported).toEqual(['@icrl/advantage', '@icrl/core', '@icrl/objective', '@icrl/verify'])
})
