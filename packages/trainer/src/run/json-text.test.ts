import type { Json } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { canonicalJson, differences } from './json-text.ts'

describe('canonicalJson', () => {
  it('orders keys at every depth', () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }], a: 'x' })).toBe(
      '{"a":"x","b":[{"c":null,"d":1}]}',
    )
  })

  it('refuses what JSON cannot carry, naming the place', () => {
    expect(() => canonicalJson({ a: [{ b: Number.NaN }] })).toThrow('a[0].b is NaN')
    expect(() => canonicalJson({ run: (() => 1) as unknown as Json })).toThrow(
      'configuration: run is',
    )
  })
})

describe('differences', () => {
  it('lists every place with both sides', () => {
    expect(
      differences({ a: 1, b: { c: [1, 2], d: true } }, { a: 1, b: { c: [1, 3] }, e: 'new' }),
    ).toEqual(['b.c: [1,2] → [1,3]', 'b.d: true → absent', 'e: absent → "new"'])
    expect(differences({ a: { b: 1 } }, { a: { b: 1 } })).toEqual([])
  })
})
