import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testPolicy } from '@icrl/core/testing'
import { describe, it } from 'vitest'
import { TablePolicy } from './table-policy.ts'

const biases = Array.from({ length: 12 }, (_, i) => ({
  prompt: 1 + (i % 3),
  at: i % 5,
  token: (i * 5) % 8,
  value: 0.7 * (i % 4),
}))

describe('the tests’ policy is a real one', () => {
  for (const { name, run } of testPolicy(async () => new TablePolicy(8, biases), {
    vocabularySize: 8,
    directory: () => mkdtemp(join(tmpdir(), 'table-policy-')),
  }))
    it(name, run)
})
