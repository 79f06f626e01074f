// What a program sees of a GPU whose driver is the stand-in: one line of JSON. In a process of its
// own, since the loader finds the library by LD_LIBRARY_PATH as it was at the start.
import { createRequire } from 'node:module'
import { setBackend, square, tensor1d, zeros } from '@tensorflow/tfjs-core'
import type { GpuAddon } from '../../src/addon.ts'
import { CudaError } from '../../src/device-error.ts'
import { openCuda } from '../../src/register-native-cuda.ts'
import { NativeUnavailableError } from '../../src/native-unavailable-error.ts'
import type { Seen, Told } from './stand-in-driver.ts'

const [file, code] = process.argv.slice(2)
const addon = createRequire(import.meta.url)(file) as GpuAddon

async function told(run: () => unknown): Promise<Told | undefined> {
  try {
    await run()
    return undefined
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const { name, message } = error
    const isTyped = error instanceof CudaError || error instanceof NativeUnavailableError
    return { name, message, ...(isTyped && { remedy: error.remedy }) }
  }
}

async function see(): Promise<Seen> {
  const devices = addon.devices()
  const opening = await told(async () => {
    openCuda(addon, 0, code)
    await setBackend('native-cuda')
  })
  if (opening !== undefined) return { devices, opening }
  const x = tensor1d([1, 2])
  return {
    devices,
    large: await told(() => zeros([1 << 26])),
    // The kernel, a read that waits, one that does not, and whatever comes after.
    kernel: await told(() => square(x)),
    read: await told(() => x.dataSync()),
    laterRead: await told(() => x.data()),
    next: await told(() => square(x)),
  }
}

console.log(JSON.stringify(await see()))
