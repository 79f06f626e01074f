import { createRequire } from 'node:module'
import { setBackend } from '@tensorflow/tfjs-core'
import { buildAddon } from '../scripts/build.mjs'
import type { GpuAddon } from '../src/addon.ts'
import { openCuda } from '../src/register-native-cuda.ts'

const { file } = await buildAddon({ addon: 'cuda-shim', quiet: true })

/** Whether the model of a GPU could be compiled; without it the tests of its kernels are skipped. */
export const hasShim: boolean = file !== undefined

/** The addon whose device is made of the processor. */
export const shimAddon = (): GpuAddon => createRequire(import.meta.url)(file as string) as GpuAddon

/**
 * Makes native-cuda the current backend, on the model of a GPU. Seed 0 runs a block's threads in
 * order, each other one in an order of its own.
 */
export async function useShim(seed = 0): Promise<void> {
  openCuda(shimAddon(), 0, String(seed))
  await setBackend('native-cuda')
}
