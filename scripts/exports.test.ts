import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const packages = new URL('../packages/', import.meta.url)

// The list of public names is a promise: a change to it shows in this snapshot and belongs in a
// changeset.
describe.each(readdirSync(packages))('%s', (folder) => {
  const manifest = JSON.parse(readFileSync(new URL(`${folder}/package.json`, packages), 'utf8'))
  const entries = Object.entries<Record<string, string> | string>(manifest.exports).filter(
    ([, target]) => typeof target === 'object',
  )

  it.each(entries)('exports the names of %s', async (_, target) => {
    const module = await import(
      new URL(`${folder}/${(target as Record<string, string>)['@icrl/source']}`, packages).href
    )
    expect(Object.keys(module).sort()).toMatchSnapshot()
  })
})
