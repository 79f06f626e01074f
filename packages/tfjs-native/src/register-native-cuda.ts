import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  findBackend,
  getKernelsForBackend,
  registerBackend,
  type KernelFunc,
  type TensorInfo,
} from '@tensorflow/tfjs-core'
import { DecodeTokens, WeightPanels } from '@icrl/tfjs-ops'
import type { DeviceFacts, GpuAddon } from './addon.ts'
import { deviceErrorFrom, openingRemedy } from './device-error.ts'
import type { NativeKernel } from './kernels/native-kernel.ts'
import { nativeKernels } from './kernels/native-kernels.ts'
import { deviceCode, loadAddon } from './load-addon.ts'
import { NativeCudaBackend } from './native-cuda-backend.ts'
import { NativeUnavailableError } from './native-unavailable-error.ts'
import { registerKernels } from './register-kernels.ts'

/** Options of {@link registerNativeCuda}. */
export interface NativeCudaOptions {
  /** Which GPU, from 0. @defaultValue `ICRL_CUDA_DEVICE`, or the first */
  readonly device?: number
}

/** The GPU that runs the kernels. */
export interface NativeCuda {
  /** Of the device. */
  readonly name: string
  /** Such as `sm_90`. */
  readonly architecture: string
  /** All of its memory, in bytes. */
  readonly bytes: number
}

/** The backends of the device, by how they compute products. */
const BACKENDS = [
  {
    name: 'native-cuda',
    opsOf: ({ ops }: GpuAddon): GpuAddon['ops'] => ops,
    differs: false,
    bf16Heads: 0,
  },
  {
    name: 'native-cuda-bf16',
    opsOf: ({ bf16Ops }: GpuAddon): GpuAddon['ops'] => bf16Ops,
    differs: true,
    bf16Heads: 128,
  },
] as const
let opened: DeviceFacts | undefined

/**
 * Registers two TensorFlow.js backends on one NVIDIA GPU; `tf.setBackend` then selects one.
 * `native-cuda` computes in float32 with the bits of `native-cpu`. `native-cuda-bf16` rounds the
 * operands of every product to bf16 and adds in float32, on the tensor cores: its bits are those of
 * the GPU's generation, the same in every run, and a row's whatever the others are. Both as far as a
 * model of a GPU can show: none has run the kernels yet. One process uses one device: called again,
 * it returns the one in use.
 *
 * @returns the GPU.
 * @throws NativeUnavailableError if there is no driver, no device of that number, or no code for it;
 * RangeError for a number that is none of a device.
 *
 * @example
 * const { name, architecture } = registerNativeCuda() // as the driver calls the GPU
 */
export function registerNativeCuda(options: NativeCudaOptions = {}): NativeCuda {
  const device = deviceFrom(options)
  if (opened !== undefined) return opened
  checkDevices(countCudaDevices(), device)
  opened = openCuda(loadAddon('cuda'), device, deviceCode())
  return opened
}

/** What an installed driver leaves where everyone can see it. */
const TRACES: Readonly<Record<string, readonly string[]>> = {
  linux: ['/dev/nvidiactl', '/proc/driver/nvidia/version', '/usr/lib/wsl/lib/libcuda.so.1'],
  win32: [join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'nvcuda.dll')],
}

/**
 * How many GPUs the driver sees, and if none, why. Where nothing of a driver is to be seen, nothing
 * is compiled or loaded to find out.
 *
 * @throws NativeUnavailableError if there is a driver, and the addon that asks it does not load.
 *
 * @example
 * const { devices, why } = countCudaDevices() // { devices: 0, why: 'no NVIDIA driver is installed: …' }
 */
export function countCudaDevices(): { readonly devices: number; readonly why: string } {
  const traces = TRACES[process.platform] ?? []
  if (traces.length === 0) return { devices: 0, why: 'it runs on Linux and Windows only' }
  if (!traces.some((trace) => existsSync(trace)))
    return { devices: 0, why: `no NVIDIA driver is installed: there is no ${traces.join(', ')}` }
  return loadAddon('cuda').devices()
}

function checkDevices({ devices, why }: ReturnType<GpuAddon['devices']>, device: number): void {
  if (devices === 0)
    throw new NativeUnavailableError(
      `backend native-cuda: no GPU can be used (${why}).`,
      'It needs an NVIDIA GPU and its driver, 580 or newer; backend native-cpu needs neither.',
    )
  if (device >= devices)
    throw new NativeUnavailableError(
      `backend native-cuda: there is no device ${device} (ICRL_CUDA_DEVICE or option device).`,
      `Choose one from 0 to ${devices - 1}.`,
    )
}

/** The device that is open: the backends ask when they say what they are. */
let current: DeviceFacts

/** Opens a device of an addon and registers the backends that use it. */
export function openCuda(addon: GpuAddon, device: number, code: string): DeviceFacts {
  current = open(addon, device, code)
  for (const { name, opsOf, ...facts } of BACKENDS) {
    if (getKernelsForBackend(name).length > 0 && findBackend(name) !== null) continue
    const options = { name, addon, ops: opsOf(addon), device: () => current, ...facts }
    registerBackend(name, () => new NativeCudaBackend(options), 4)
    registerKernels(name, cudaKernels)
  }
  return current
}

function open(addon: GpuAddon, device: number, code: string): DeviceFacts {
  try {
    return addon.open(device, code)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new NativeUnavailableError(
      `backend native-cuda: device ${device} cannot be used (${reason}).`,
      openingRemedy(reason),
      error,
    )
  }
}

function deviceFrom({ device }: NativeCudaOptions): number {
  const given = device ?? Number(process.env['ICRL_CUDA_DEVICE'] || 0)
  if (Number.isInteger(given) && given >= 0) return given
  throw new RangeError(
    `backend native-cuda: device ${given} (ICRL_CUDA_DEVICE or option device): give a whole number from 0`,
  )
}

/** Weights need no other layout here. */
const WITHOUT: readonly string[] = [WeightPanels]

type Call = Parameters<KernelFunc>[0]
type Run = (call: Call) => TensorInfo | TensorInfo[] | undefined

/** The kernels; their errors name the kernel and the shapes of its inputs. */
const cudaKernels: readonly NativeKernel[] = nativeKernels
  .filter(({ name }) => !WITHOUT.includes(name))
  .map(({ name, run }) => ({
    name,
    run: ((call: Call) => {
      try {
        const outputs = (run as Run)(call)
        if (name === DecodeTokens) (call.backend as NativeCudaBackend).warnWithoutGraphs()
        return outputs
      } catch (error) {
        const backend = call.backend as NativeCudaBackend
        throw deviceErrorFrom(error, `${name}(${shapesOf(call)})`, backend.shortage(error))
      }
    }) as NativeKernel['run'],
  }))

function shapesOf({ inputs }: Call): string {
  return Object.entries(inputs as Record<string, TensorInfo | undefined>)
    .flatMap(([name, tensor]) =>
      tensor === undefined ? [] : [`${name} ${tensor.dtype} [${tensor.shape}]`],
    )
    .join(', ')
}
