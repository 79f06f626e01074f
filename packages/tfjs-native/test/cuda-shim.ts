import { createRequire } from 'node:module'
import { engine, setBackend } from '@tensorflow/tfjs-core'
import { buildAddon } from '../scripts/build.mjs'
import type { GpuAddon } from '../src/addon.ts'
import type { NativeCudaBackend } from '../src/native-cuda-backend.ts'
import { openCuda } from '../src/register-native-cuda.ts'

const { file } = await buildAddon({ addon: 'cuda-shim', quiet: true })

/** Whether the model of a GPU could be compiled; without it the tests of its kernels are skipped. */
export const hasShim: boolean = file !== undefined

/** The addon whose device is made of the processor. */
export const shimAddon = (): GpuAddon => createRequire(import.meta.url)(file as string) as GpuAddon

/** What of a GPU is modelled. */
export interface ShimOptions {
  /** 0 runs a block's threads in order, each other one in an order of its own. */
  readonly seed?: number
  /** Whose tensor cores; default: the newest. */
  readonly architecture?: string
  readonly backend?: 'native-cuda' | 'native-cuda-bf16'
}

/** Makes a backend of a GPU the current one, on the model of a GPU. */
export async function useShim({
  seed = 0,
  architecture,
  backend = 'native-cuda',
}: ShimOptions = {}): Promise<void> {
  openCuda(shimAddon(), 0, architecture === undefined ? String(seed) : `${seed} ${architecture}`)
  await setBackend(backend)
}

/** The current backend, one of a GPU: another file of this process may have registered it. */
export const shimBackend = (): NativeCudaBackend => engine().backend as NativeCudaBackend
