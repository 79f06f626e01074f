import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
// @ts-expect-error a module in JavaScript, without declarations
import { INDEXED } from '../website/set-formulas.mjs'
// @ts-expect-error a module in JavaScript, without declarations
import { isFormula, texOf } from '../website/tex-of.mjs'

const tex = texOf as (formula: string) => string
const formula = isFormula as (block: string) => boolean
const packages = fileURLToPath(new URL('../packages', import.meta.url))

/** Indented blocks of the comments of a source file. */
function blocksOf(source: string): string[] {
  const comments = source.match(/\/\*\*[^]*?\*\//g) ?? []
  return comments.flatMap((comment) => {
    const text = comment.replace(/^ *\/?\*+\/?(?: |$)/gm, '').split(/^@/m)[0]
    return (text.match(/(?<=\n\n)(?: {4}.*\n)+/g) ?? []).map((block) =>
      block.replace(/^ {4}/gm, ''),
    )
  })
}

const blocks = readdirSync(packages, { recursive: true, encoding: 'utf8' })
  .filter((file) => /[\\/]src[\\/].*\.ts$/.test(file) && !file.includes('node_modules'))
  .flatMap((file) => blocksOf(readFileSync(join(packages, file), 'utf8')))
  .filter(formula)

describe('a formula of a docstring', () => {
  it.each([
    ['a_t = 1 / (N L)', 'a_{t} = \\frac{1}{N L}'],
    ['r = 1[right] − ε_low', 'r = \\mathbb 1\\left[\\text{right}\\right] - ε_{\\text{low}}'],
    [
      'y = exp( 1/|y| Σ_t logπ )',
      'y = \\operatorname{exp}\\left(\\frac{1}{\\left|y\\right|} \\sum_{t} \\operatorname{log} π\\right)',
    ],
    ['w = π_old(y_t | q) / 2', 'w = \\frac{π_{\\text{old}}\\left(y_{t} \\mid q\\right)}{2}'],
    ['A = r − mean_{j≠i} r_j', 'A = r - \\operatorname{mean}_{j\\ne i} r_{j}'],
    ['A = r − mean of a group', 'A = r - \\text{mean of a group}'],
    ['m ← β₁m + g²,  n ← k/i', 'm \\leftarrow β_{1}m + g^{2},\\qquad n \\leftarrow k/i'],
    ['s = √(v / n) · ½', 's = \\sqrt{\\frac{v}{n}} \\cdot \\tfrac12'],
  ])('%s', (text, expected) => {
    expect(tex(text).replace(/ +/g, ' ').trim()).toBe(expected)
  })

  it('of several lines is aligned where each says what something is', () => {
    expect(tex('L = −A\n    + B\nr = 2').replace(/ +/g, ' ')).toBe(
      '\\begin{aligned}\nL &= {-}A \\\\\n&\\quad + B \\\\\nr &= 2\n\\end{aligned}',
    )
  })

  it('names a bracket that is not closed', () => {
    expect(() => tex('a = (b')).toThrow('"a = (b" has no )')
  })

  it('names an index that cannot be read', () => {
    expect(() => tex('a_- = b')).toThrow('"a_- = b" has an index that cannot be read.')
  })

  it('can be read wherever there is one', () => {
    expect(blocks.length).toBeGreaterThan(60)
    for (const block of blocks) {
      expect(tex(block), block).not.toMatch(/undefined|[Σ√≤≥·−←]/)
      expect(tex(block).match(/\{/g)?.length, block).toBe(tex(block).match(/\}/g)?.length)
    }
  })

  it.each([
    'npx icrl train --config run.config.ts',
    'export JUDGE_KEY=any-secret',
    'step 1: 0 of 8 attempts right, 0 of 8 guided ones',
    'first attempt        GRPO',
  ])('is not "%s"', (text) => expect(formula(text)).toBe(false))
})

it.each([
  ['weights w_t, capped at w_max', ['w_t', 'w_max']],
  ['E[∇logπ_θ] and Â_i', ['π_θ', 'Â_i']],
  ['Q8_0, max_tokens, RUN_FORMAT, a_b(c), a_b.ts', []],
])('indices in "%s" are %j', (text, expected) => {
  expect([...text.matchAll(INDEXED as RegExp)].map(([all]) => all)).toEqual(expected)
})
