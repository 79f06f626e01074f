import { expect, it } from 'vitest'
import {
  entries,
  exportedDeclarations,
  ownMembers,
  undescribed,
  withoutShape,
  // @ts-expect-error a module in JavaScript, without declarations
} from './public-types.mjs'

it('every property of every public type says what it is', () => {
  const declarations = [...new Set([...entries.values()].flatMap(exportedDeclarations))]
  expect(declarations.flatMap(ownMembers).length).toBeGreaterThan(1500)
  expect(undescribed()).toEqual([])
})

it('every public array of numbers says its shape', () => {
  expect(withoutShape()).toEqual([])
})
