import { expect, it } from 'vitest'
// @ts-expect-error a module in JavaScript, without declarations
import { entries, exportedDeclarations, ownMembers, undescribed } from './public-types.mjs'

it('every property of every public type says what it is', () => {
  const declarations = [...new Set([...entries.values()].flatMap(exportedDeclarations))]
  expect(declarations.flatMap(ownMembers).length).toBeGreaterThan(1500)
  expect(undescribed()).toEqual([])
})
