import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const source = fileURLToPath(new URL('../src', import.meta.url))

/** All modules that a source file reaches: files of this package, names of others. */
function reach(entry: string): Set<string> {
  const found = new Set([entry])
  for (const module of found) {
    if (!existsSync(module)) continue
    for (const [, name] of readFileSync(module, 'utf8').matchAll(
      /(?:^|\n)(?:import|export)\s(?:[^'"]*?from\s)?'([^']+)'/g,
    ))
      found.add(name.startsWith('.') ? join(dirname(module), name) : name)
  }
  return found
}

describe('the main entry', () => {
  it('reaches no Node built-in and only the packages it declares', () => {
    const others = [...reach(join(source, 'index.ts'))].filter((name) => !name.startsWith('/'))
    expect(others.sort()).toEqual(['@icrl/core', '@icrl/verify', 'fuzzball', 'minisearch'])
  })

  it('uses no global of Node', () => {
    for (const module of reach(join(source, 'index.ts')))
      if (module.startsWith('/'))
        expect([
          module,
          /\bprocess\.(?:env|argv|exit|std|memory|cpu)|\bBuffer\.|\brequire\(|\b__dirname\b/.test(
            readFileSync(module, 'utf8'),
          ),
        ]).toEqual([module, false])
  })
})
