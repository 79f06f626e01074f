import { testEnvironment } from '@icrl/core/testing'
import { describe, it } from 'vitest'
import { guessing } from './guessing.ts'

describe('guessing', () => {
  for (const { name, run } of testEnvironment(() => guessing, {
    actions: ['flax', 'nonsense', 'ash'],
  }))
    it(name, run)
})
