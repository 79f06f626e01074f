import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import { declareBackend, DecodeTokens } from '@icrl/tfjs-ops'
import {
  getKernel,
  registerBackend,
  registerKernel,
  removeBackend,
  setBackend,
  unregisterKernel,
} from '@tensorflow/tfjs-core'
import { afterEach, describe, expect, it } from 'vitest'
import { PanelModel } from './decode-model.ts'
import type { Decoder } from './decoder.ts'

/** A decoder whose only matrix has so many weights. */
const decoderOf = (weights: number): Decoder =>
  ({
    weights: { blocks: [], head: { shape: [weights, 1] } },
  }) as unknown as Decoder
const stepsOf = (weights: number, sequences: number): number =>
  new PanelModel(decoderOf(weights), 0).stepsAtOnce(sequences)

/** Makes a backend current, with the kernel of whole decode steps or without. */
async function useBackend(kernels: boolean, asynchronous?: boolean): Promise<void> {
  registerBackend('mine', () => {
    const backend = new MathBackendCPU()
    declareBackend(backend, { exact: true, asynchronous })
    return backend
  })
  if (kernels)
    registerKernel({ kernelName: DecodeTokens, backendName: 'mine', kernelFunc: () => [] })
  await setBackend('mine')
}

describe('PanelModel.stepsAtOnce', () => {
  afterEach(async () => {
    await setBackend('cpu')
    removeBackend('mine')
    if (getKernel(DecodeTokens, 'mine')) unregisterKernel(DecodeTokens, 'mine')
  })

  it('is one where steps are composed of single operations', async () => {
    await useBackend(false)
    expect(stepsOf(1000, 1)).toBe(1)
  })

  it('is as many as take milliseconds where a call blocks the event loop', async () => {
    await useBackend(true)
    expect([stepsOf(1e6, 1), stepsOf(1e7, 32), stepsOf(1e7, 64), stepsOf(4e9, 1)]).toEqual([
      8, 4, 2, 1,
    ])
  })

  it('is eight where it does not', async () => {
    await useBackend(true, true)
    expect(stepsOf(4e9, 256)).toBe(8)
  })
})
