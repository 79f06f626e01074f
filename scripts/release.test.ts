import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const manifests = (parent: string): { name: string; version: string; private?: boolean }[] =>
  readdirSync(new URL(`../${parent}/`, import.meta.url))
    .map((name) => `${parent}/${name}/package.json`)
    .filter((path) => existsSync(new URL(`../${path}`, import.meta.url)))
    .map((path) => JSON.parse(read(path)))
const names = manifests('packages').map(({ name }) => name)

describe('a release', () => {
  it('has one version for all packages', () => {
    expect(new Set(manifests('packages').map(({ version }) => version)).size).toBe(1)
  })

  it('raises all public packages together, and no other', () => {
    const [[group]] = JSON.parse(read('.changeset/config.json')).fixed
    const [, left] = /^\{icrl,@icrl\/!\((\S+)\)\}$/.exec(group)!
    const leftOut = new RegExp(`^@icrl/(${left.replaceAll('*', '.*')})$`)
    const fixed = (name: string) => /^(icrl$|@icrl\/)/.test(name) && !leftOut.test(name)
    expect(names.filter((name) => !fixed(name))).toEqual([])
    const others = [...manifests('examples'), ...manifests('tooling')].map(({ name }) => name)
    expect([...others, '@icrl/bench', '@icrl/docs'].filter(fixed)).toEqual([])
  })

  it('finds every package that a changeset names', () => {
    const changesets = readdirSync(new URL('../.changeset/', import.meta.url)).filter((file) =>
      file.endsWith('.md'),
    )
    const unknown = changesets.flatMap((file) =>
      [...read(`.changeset/${file}`).matchAll(/^'([^']+)': (?:minor|patch|major)$/gm)]
        .map(([, name]) => name)
        .filter((name) => !names.includes(name))
        .map((name) => `${file}: ${name}`),
    )
    expect(unknown).toEqual([])
  })

  it('has an entry in the changelog', () => {
    const [{ version }] = manifests('packages')
    if (version === '0.0.0') return
    expect(read('docs/changelog.md')).toContain(`## ${version.replace(/\.0$/, '')} `)
  })
})
