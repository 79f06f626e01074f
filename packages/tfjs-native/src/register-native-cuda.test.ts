import { createRequire } from 'node:module'
import {
  fill,
  ones,
  sum,
  tensor,
  tensor1d,
  tensor2d,
  tidy,
  topk,
  variable,
} from '@tensorflow/tfjs-core'
import { adamW, rmsNorm, zeroMoment } from '@icrl/tfjs-ops'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { hasShim, shimAddon, shimBackend, useShim } from '../test/cuda-shim.ts'
import { buildAddon } from '../scripts/build.mjs'
import type { GpuAddon } from './addon.ts'
import { CudaError } from './device-error.ts'
import { NativeUnavailableError } from './native-unavailable-error.ts'
import { countCudaDevices, openCuda, registerNativeCuda } from './register-native-cuda.ts'

afterEach(() => void vi.unstubAllEnvs())

describe('registerNativeCuda', () => {
  it.skipIf(countCudaDevices().devices > 0)('says what is missing where there is no GPU', () => {
    expect(() => registerNativeCuda()).toThrow(NativeUnavailableError)
    expect(() => registerNativeCuda()).toThrow(
      /^backend native-cuda: no GPU can be used \(.+\)\. It needs an NVIDIA GPU and its driver/,
    )
  })

  it.each([
    ['win32', /^no NVIDIA driver is installed: there is no .*nvcuda\.dll$/],
    ['darwin', /^it runs on Linux and Windows only$/],
  ])('looks for the driver of %s', (platform, why) => {
    const here = process.platform
    Object.defineProperty(process, 'platform', { value: platform })
    try {
      expect(countCudaDevices()).toEqual({ devices: 0, why: expect.stringMatching(why) })
    } finally {
      Object.defineProperty(process, 'platform', { value: here })
    }
  })

  it.each(['-1', '1.5', 'first'])('refuses device %s', (device) => {
    vi.stubEnv('ICRL_CUDA_DEVICE', device)
    expect(() => registerNativeCuda()).toThrow(RangeError)
  })
})

describe.skipIf(!process.env.ICRL_FULL)("the driver's addon", () => {
  it('loads without a driver, and says why there is no device', { timeout: 600_000 }, async () => {
    const { file } = await buildAddon({ addon: 'cuda', quiet: true })
    const addon = createRequire(import.meta.url)(file as string) as GpuAddon
    const { devices, why } = addon.devices()
    if (devices > 0) return expect(why).toBe('')
    expect(why).not.toBe('')
    expect(() => openCuda(addon, 0, 'nowhere.fatbin')).toThrow(NativeUnavailableError)
    expect(() => addon.ops.fill?.()).toThrow('this thread has opened no device')
  })
})

describe.skipIf(!hasShim)('backend native-cuda', () => {
  it('refuses a device that is not there', () => {
    expect(() => openCuda(shimAddon(), 1, '0')).toThrow(
      'backend native-cuda: device 1 cannot be used (device 1: CUDA_ERROR_INVALID_DEVICE: there is one device, number 0).',
    )
  })

  it('copies what it is given and what it gives', async () => {
    await useShim()
    const given = Float32Array.of(1, 2, 3)
    const x = tensor1d(given)
    given[0] = 9
    const read = x.dataSync<'float32'>()
    read[1] = 9
    expect([...x.dataSync()]).toEqual([1, 2, 3])
    expect([...tensor1d([1, 0, 1], 'bool').dataSync()]).toEqual([1, 0, 1])
    expect(tensor(['a', 'b']).dataSync()).toEqual(['a', 'b'])
  })

  it('reads what was there when it was asked, though kernels change it before it is there', async () => {
    await useShim()
    const parameter = variable(ones([1000]))
    const moments = { first: zeroMoment([1000], 'float32'), second: zeroMoment([1000], 'float32') }
    const asked = parameter.data()
    adamW({ parameter, ...moments }, ones([1000]), {
      learningRate: 0.1,
      beta1: 0.9,
      beta2: 0.95,
      epsilon: 1e-8,
      weightDecay: 0,
      gradientScale: 1,
      step: 1,
    })
    parameter.dispose()
    tidy(() => void fill([1000], 7))
    expect(new Set(await asked)).toEqual(new Set([1]))
  })

  it('gives each lane of the tensor cores its part', async () => {
    await useShim({ seed: 1 })
    expect(shimAddon().checkTensorCores(40, 1)).toEqual({ outputs: 40 * 128, different: 0 })
  })

  it('runs kernels it lacks on the processor, and counts them', async () => {
    await useShim()
    const backend = shimBackend()
    const before = backend.fallbacks.get('TopK') ?? 0
    const { values } = topk(tensor1d([3, 1, 2]), 2)
    expect([...sum(values).dataSync()]).toEqual([5])
    expect(backend.fallbacks.get('TopK')).toBe(before + 1)
  })

  it('keeps the memory of disposed tensors for the next ones, and gives it back', async () => {
    await useShim()
    const backend = shimBackend()
    backend.dispose()
    const before = backend.memory().numBytesLive
    tidy(() => void fill([1000], 1))
    expect(backend.memory()).toMatchObject({ numBytesLive: before, numBytesFree: 4096 })
    backend.dispose()
    expect(backend.memory()).toMatchObject({ numBytesFree: 0, numBytesScratch: 0 })
  })

  it('says what is live where memory is short', async () => {
    await useShim()
    const run = (): unknown => fill([1 << 28, 8], 0)
    expect(run).toThrow(CudaError)
    expect(run).toThrow(
      /out of memory for a float32 tensor of shape \[268435456,8\] .* Tensors hold \d+ MiB, kernels \d+ MiB; \d+ MiB are free\. Take fewer tokens at once/,
    )
  })

  it('names kernel and shapes where the device refuses', async () => {
    await useShim()
    const addon = shimAddon()
    const backend = shimBackend()
    vi.spyOn(backend.native, 'run').mockImplementationOnce(() => {
      throw Object.assign(new Error('kernel rms_norm: CUDA_ERROR_LAUNCH_FAILED'), {
        code: 'ERR_DEVICE',
      })
    })
    expect(() => rmsNorm(tensor2d([[1, 2]]), tensor1d([1, 1]), { epsilon: 1e-6 })).toThrow(
      'backend native-cuda: IcrlRmsNorm(x float32 [1,2], gain float32 [2]): kernel rms_norm: CUDA_ERROR_LAUNCH_FAILED.',
    )
    expect(addon.devices()).toEqual({ devices: 1, why: '' })
  })
})
