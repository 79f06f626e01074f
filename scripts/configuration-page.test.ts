import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
// @ts-expect-error a module in JavaScript, without declarations
import { configuration, configurationPage } from './configuration-page.mjs'

interface Option {
  readonly name: string
  readonly text?: string
  readonly isOptional: boolean
  readonly defaultValue?: string
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

  it('is up to date: node scripts/configuration-page.mjs writes it', () => {
    const page = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8')
    expect(page).toBe(configurationPage())
  })
})
