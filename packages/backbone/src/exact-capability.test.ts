import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import { declareBackend } from '@icrl/tfjs-ops'
import { registerBackend, removeBackend, setBackend } from '@tensorflow/tfjs-core'
import { afterEach, describe, expect, it } from 'vitest'
import { tinyConfig } from '../test/tiny-config.ts'
import { initializeModel } from './initialize-model.ts'
import { LocalPolicy } from './local-policy.ts'

describe('LocalPolicy on a backend of your own', () => {
  afterEach(async () => {
    await setBackend('cpu')
    removeBackend('mine')
  })

  it.each([
    [{ exact: true }, true],
    [{ exact: false }, false],
    [undefined, false],
  ])('whose facts are %o promises exact bits: %s', async (facts, exact) => {
    await setBackend('cpu')
    const parameters = initializeModel(tinyConfig(), 0)
    registerBackend('mine', () => {
      const backend = new MathBackendCPU()
      if (facts !== undefined) declareBackend(backend, facts)
      return backend
    })
    await setBackend('mine')
    expect(new LocalPolicy(tinyConfig(), parameters).capabilities.has('exact')).toBe(exact)
  })
})
