import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
// @ts-expect-error a module in JavaScript, without declarations
import { configuration, configurationPage } from './configuration-page.mjs'
// @ts-expect-error a module in JavaScript, without declarations
import { entries, exportedDeclarations } from './public-types.mjs'

interface Option {
  readonly name: string
  readonly text?: string
  readonly isOptional: boolean
  readonly defaultValue?: string
}
/** Of an exported function, with the type that it answers. */
interface Declaration {
  readonly name: { readonly text: string }
  readonly type?: { readonly getText: () => string }
}
const sections: { type: string; options: Option[] }[] = configuration()
const all = (fails: (option: Option) => boolean): string[] =>
  sections.flatMap(({ type, options }) =>
    options.filter(fails).map(({ name }) => `${type}.${name}`),
  )

describe('the page of every option', () => {
  it('describes each', () => {
    expect(all(() => true).length).toBeGreaterThan(200)
    expect(sections.filter(({ options }) => options.length === 0)).toEqual([])
    expect(all(({ text }) => !text)).toEqual([])
  })

  it('says what holds where it is left out', () => {
    expect(all(({ isOptional, defaultValue }) => isOptional && !defaultValue)).toEqual([])
  })

  it('has a section for every recipe and every program', () => {
    const types = new Set(sections.map(({ type }) => type))
    const declarations = ['@icrl/recipes', '@icrl/methods'].flatMap((name) =>
      (exportedDeclarations(entries.get(name)) as Declaration[]).map(
        ({ name: { text }, type }) => ({
          name: text,
          makes: type?.getText() ?? '',
        }),
      ),
    )
    const names = new Set(declarations.map(({ name }) => name))
    const optionsOf = (name: string): string => `${name[0].toUpperCase()}${name.slice(1)}Options`
    const methods = declarations
      .filter(({ makes }) => /^Recipe<|^\(lab: Lab\) =>/.test(makes))
      .map(({ name }) => name)
      .filter((name) => names.has(optionsOf(name)))
    expect(methods.length).toBeGreaterThan(38)
    expect(methods.filter((name) => !types.has(optionsOf(name)))).toEqual([])
  })

  it('is up to date: node scripts/configuration-page.mjs writes it', () => {
    const page = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8')
    expect(page).toBe(configurationPage())
  })
})
