import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import {
  findBackendFactory,
  registerBackend,
  removeBackend,
  setBackend,
} from '@tensorflow/tfjs-core'
import { afterEach, describe, expect, it } from 'vitest'
import { type BackendFacts, currentBackendFacts, declareBackend } from './backend-facts.ts'

async function useBackend(facts?: BackendFacts): Promise<void> {
  registerBackend('mine', () => {
    const backend = new MathBackendCPU()
    if (facts !== undefined) declareBackend(backend, facts)
    return backend
  })
  await setBackend('mine')
}

describe('currentBackendFacts', () => {
  afterEach(async () => {
    await setBackend('cpu')
    if (findBackendFactory('mine') !== null) removeBackend('mine')
  })

  it("knows TensorFlow.js's own cpu", async () => {
    await setBackend('cpu')
    expect(currentBackendFacts()).toEqual({ exact: true })
  })

  it('asks the backend, whatever its name is', async () => {
    await useBackend({ exact: true, isa: 'sm_90' })
    expect(currentBackendFacts()).toEqual({ exact: true, isa: 'sm_90' })
    await setBackend('cpu')
    removeBackend('mine')
    await useBackend({ exact: false })
    expect(currentBackendFacts()).toEqual({ exact: false })
  })

  it('takes one that says nothing for inexact, even one made of cpu', async () => {
    await useBackend()
    expect(currentBackendFacts()).toEqual({ exact: false })
  })

  it('reads facts that change when it is asked', async () => {
    let isa = 'avx2'
    await useBackend({
      exact: true,
      get isa() {
        return isa
      },
    })
    isa = 'avx512'
    expect(currentBackendFacts().isa).toBe('avx512')
  })
})

describe('declareBackend', () => {
  it.each([[{}], [{ exact: 'yes' }], [null], [undefined]])('refuses the facts %o', (facts) => {
    expect(() => declareBackend({}, facts as never)).toThrow(
      'declareBackend: the facts do not say whether the backend is exact',
    )
  })
})
