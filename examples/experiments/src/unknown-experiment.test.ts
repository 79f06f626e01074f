import { expect, it } from 'vitest'
import { unknownExperiment } from './unknown-experiment.ts'

it('unknownExperiment names the one that is meant, and all there are', () => {
  expect(unknownExperiment('chian', ['chain', 'leak']).remedy).toBe(
    'Did you mean "chain"? Name any of chain, leak.',
  )
  expect(unknownExperiment('other', ['chain', 'leak']).remedy).toBe('Name any of chain, leak.')
})
