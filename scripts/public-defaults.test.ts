import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  defaultsInCode,
  defaultsInProse,
  defaultsOfFile,
  isUnlikeItsCode,
  says,
  withoutDefault,
  // @ts-expect-error a module in JavaScript, without declarations
} from './public-defaults.mjs'
// @ts-expect-error a module in JavaScript, without declarations
import { parse } from './public-types.mjs'

interface Default {
  readonly member: { readonly name: string; readonly place: string; readonly defaultValue?: string }
  readonly place: string
  readonly code: string
  readonly value?: unknown
}

/** The defaults of a file with this text. */
function defaultsOf(text: string): Default[] {
  const folder = mkdtempSync(join(tmpdir(), 'icrl-defaults-'))
  try {
    const file = join(folder, 'file.ts')
    writeFileSync(file, `import type { CapWeightsOptions } from '@icrl/calibration'\n${text}`)
    return defaultsOfFile(parse(file))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('the default of a public option', () => {
  it('has a tag, in place of a sentence', () => {
    expect(defaultsInProse()).toEqual([])
  })

  it('is said of each that may be left out', () => {
    expect(withoutDefault()).toEqual([])
  })

  it('is that of the code', () => {
    const all: Default[] = defaultsInCode()
    expect(all.filter(({ value }) => value !== undefined).length).toBeGreaterThan(400)
    const unlike = all.filter((it) => isUnlikeItsCode(it))
    expect(
      unlike.map(({ member, code, place }) => ({
        option: `${member.name}, ${member.place}`,
        tag: member.defaultValue,
        code: `${code}, ${place}`,
      })),
    ).toEqual([])
  })
})

describe('defaults in code', () => {
  it.each([
    ['in a pattern', 'export function f({ cap = 3 }: CapWeightsOptions) {}'],
    ['of a variable', 'export const f = (o: CapWeightsOptions) => { const { cap = 3 } = o }'],
    ['beside an option', 'export const f = (o: CapWeightsOptions) => o.cap ?? 3'],
    ['by a constant', 'const CAP = 3\nexport function f({ cap = CAP }: CapWeightsOptions) {}'],
    ['of a part of the options', 'export function f({ cap = 3 }: Partial<CapWeightsOptions>) {}'],
  ])('are found %s, and held against the tag', (_, text) => {
    const [found, ...more] = defaultsOf(text)
    expect(more).toEqual([])
    expect(found).toMatchObject({ value: 3, member: { name: 'CapWeightsOptions.cap' } })
    expect(isUnlikeItsCode(found)).toBe(true)
    expect(isUnlikeItsCode({ ...found, value: 2 })).toBe(false)
  })

  it('are not those of a check', () => {
    expect(defaultsOf('function checkOptions({ cap = 3 }: CapWeightsOptions) {}')).toEqual([])
  })
})

it.each([
  ['4,096', 4096, true],
  ['1 GiB', 2 ** 30, true],
  ['0, the first of all', 0, true],
  ['false: the text alone', false, true],
  ['`token`', 'token', true],
  ['nothing', '', true],
  ['1e-8', 1e-8, true],
  ['1, for some 4', 4, false],
  ['an hour', 3_600_000, false],
  ['the critic', 'critic', false],
  ['true', false, false],
])('a tag of "%s" beside %j: %s', (tag, value, expected) => expect(says(tag, value)).toBe(expected))
