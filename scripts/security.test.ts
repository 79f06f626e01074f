import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const root = new URL('../', import.meta.url)

/** Rows of a page's table: its cells. */
const rows = (page: string): string[][] =>
  readFileSync(new URL(page, root), 'utf8')
    .split('\n')
    .filter((line) => /^\| (?!-)/.test(line))
    .slice(1)
    .map((line) => line.split('|').slice(1, -1))

describe('SECURITY.md', () => {
  it('names a test for every kind of weakness, and the test is there', () => {
    const found = rows('SECURITY.md')
    expect(found.length).toBeGreaterThan(5)
    for (const cells of found) {
      const tests = [...cells.at(-1)!.matchAll(/`([^`]+)`/g)].map(([, path]) => path)
      expect(tests, cells[0]).not.toEqual([])
      for (const path of tests)
        expect([path, existsSync(new URL(path, root))]).toEqual([path, true])
    }
  })
})
