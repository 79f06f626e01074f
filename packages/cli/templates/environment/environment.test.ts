// npx tsx --test
import { test } from 'node:test'
import { testEnvironment } from '@icrl/core/testing'
import { guessing } from './environment.ts'

// What every environment must keep: fresh resets, equal answers to equal actions, and more.
for (const { name, run } of testEnvironment(() => guessing, { actions: ['5', 'nonsense', '1'] }))
  test(name, run)
