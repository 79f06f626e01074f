import { engine, util } from '@tensorflow/tfjs-core'
import type { backend_util, DataType, TensorInfo } from '@tensorflow/tfjs-core'
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import { declareBackend } from '@icrl/tfjs-ops'
import { type DeviceFacts, type DeviceWork, type GpuAddon, NativeCaller } from './addon.ts'
import { type BlockMemory, BlockPool } from './buffer-pool.ts'
import { deviceErrorFrom, isOutOfMemory, type Shortage } from './device-error.ts'
import type { NativeBackend } from './kernels/native-kernel.ts'

type Values = backend_util.BackendValues
type TensorData = ReturnType<MathBackendCPU['data']['get']>
type NumericArray = Float32Array | Int32Array | Uint8Array

/** Memory of the device. */
interface DeviceBlock {
  readonly address: number
  readonly bytes: number
}

/** Bytes of the device that the backend holds. */
export interface CudaMemory {
  /** The figures are exact. */
  readonly unreliable: false
  /** None. */
  readonly reasons: string[]
  /** Of live tensors, rounded up to the pool's sizes. */
  readonly numBytesLive: number
  /** Kept for the next tensors. */
  readonly numBytesFree: number
  /** The most that were live at once since `resetPeak`. */
  readonly numBytesPeak: number
  /** Working memory of the kernels. */
  readonly numBytesScratch: number
}

/** A tensor's data in the device's memory; `values` brings a copy to the processor. */
class DeviceData implements TensorData {
  complexTensorInfos?: TensorData['complexTensorInfos']
  /** A copy on this side, until a kernel gets the address and may change the numbers. */
  host: NumericArray | undefined
  readonly dtype: DataType
  readonly size: number
  readonly block: DeviceBlock
  refCount: number
  readonly #read: (data: DeviceData) => NumericArray

  constructor(
    { dtype, size, block, refCount }: Pick<DeviceData, 'dtype' | 'size' | 'block' | 'refCount'>,
    read: (data: DeviceData) => NumericArray,
  ) {
    this.dtype = dtype
    this.size = size
    this.block = block
    this.refCount = refCount
    this.#read = read
  }

  get values(): Values {
    return this.host ?? this.#read(this)
  }
}

/** What a backend of a GPU is made of. */
export interface CudaBackendOptions {
  /** As in TensorFlow.js's registry. */
  readonly name: string
  readonly addon: GpuAddon
  /** Of the addon: how they compute products. */
  readonly ops: GpuAddon['ops']
  /** The open device. */
  readonly device: () => DeviceFacts
  /** Whether the bits depend on the device's architecture. */
  readonly differs: boolean
  /** The widest heads whose keys and values attention rounds to bf16; 0: none. */
  readonly bf16Heads: number
}

/**
 * A TensorFlow.js backend whose data lie in the memory of a GPU. Kernels it lacks come from `@tensorflow/tfjs-backend-cpu`: their inputs are copied to
 * the processor, and their outputs back.
 *
 * @example
 * const { numBytesPeak } = (currentCudaBackend() as NativeCudaBackend).memory()
 */
export class NativeCudaBackend extends MathBackendCPU implements NativeBackend {
  readonly native: NativeCaller
  readonly bf16Heads: number
  /** How often each kernel ran on the processor, with copies to it and back. */
  readonly fallbacks: Map<string, number> = new Map()
  readonly #name: string
  readonly #addon: GpuAddon
  readonly #device: () => DeviceFacts
  readonly #pool: BlockPool<DeviceBlock>
  #inFallback = false
  #warned = false

  constructor({ name, addon, ops, device, differs, bf16Heads }: CudaBackendOptions) {
    super()
    declareBackend(this, {
      exact: true,
      get isa() {
        return device().architecture
      },
      get generation() {
        return differs ? device().architecture : undefined
      },
      asynchronous: true,
      bf16Heads: bf16Heads || undefined,
      get notice() {
        return withoutGraphs(addon)
      },
    })
    this.#name = name
    this.bf16Heads = bf16Heads
    this.#addon = addon
    this.#device = device
    this.native = new NativeCaller({ ...addon, ops })
    this.#pool = new BlockPool(deviceMemory(addon))
  }

  /** Copies values to the device. */
  override write(values: Values, shape: number[], dtype: DataType): object {
    const dataId = {}
    this.data.set(dataId, this.#adopt(values, shape, dtype, 1))
    return dataId
  }

  /** Copies values to the device, under an id from another backend. */
  override move(
    dataId: object,
    values: Values,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    this.data.set(dataId, this.#adopt(values, shape, dtype, refCount))
  }

  /** Copies values from the device, after the kernels that were asked for before. */
  override readSync(dataId: object): Values {
    const data = this.data.get(dataId)
    return data instanceof DeviceData ? this.#read(data) : super.readSync(dataId)
  }

  /** The same without blocking the event loop; the values are those of the moment of the call. */
  override async read(dataId: object): Promise<Values> {
    const data = this.data.get(dataId)
    if (!(data instanceof DeviceData) || data.host !== undefined) return this.readSync(dataId)
    const to = arrayOf(data.dtype, data.size)
    try {
      await this.#addon.downloadLater(data.block.address, to)
    } catch (error) {
      throw deviceErrorFrom(error, `reading ${data.size} numbers`)
    }
    return to
  }

  override disposeData(dataId: object, force = false): boolean {
    const data = this.data.has(dataId) ? this.data.get(dataId) : undefined
    const disposed = super.disposeData(dataId, force)
    if (disposed && data instanceof DeviceData) this.#pool.give(data.block)
    return disposed
  }

  /** What the backend holds of the device now, and held at its peak. */
  override memory(): CudaMemory {
    const { live, free, peak } = this.#pool.usage()
    return {
      unreliable: false,
      reasons: [],
      numBytesLive: live,
      numBytesFree: free,
      numBytesPeak: peak,
      numBytesScratch: this.#addon.scratchBytes(),
    }
  }

  /** What the device was asked to do so far, by all backends that use it. */
  work(): DeviceWork {
    return this.#addon.work()
  }

  /** Says once if decode steps could not be recorded. */
  warnWithoutGraphs(): void {
    const notice = this.#warned ? undefined : withoutGraphs(this.#addon)
    if (notice === undefined) return
    this.#warned = true
    console.warn(notice)
  }

  /** Who holds the device's memory, if that is what an error is about. */
  shortage(error: unknown): Shortage | undefined {
    if (!isOutOfMemory(error)) return undefined
    return { ...this.memory(), free: this.#addon.freeBytes(), total: this.#device().bytes }
  }

  /** Starts measuring `numBytesPeak` anew. */
  resetPeak(): void {
    this.#pool.resetPeak()
  }

  /** Gives back the memory that no tensor uses. */
  override dispose(): void {
    this.#pool.clear()
    this.#addon.trim()
  }

  /**
   * Runs a TensorFlow.js CPU kernel. It finds copies of its inputs; new data are plain arrays while
   * it runs, and its outputs are copied to the device at the end.
   */
  runFallback(kernel: string, run: () => TensorInfo | TensorInfo[]): TensorInfo | TensorInfo[] {
    this.fallbacks.set(kernel, (this.fallbacks.get(kernel) ?? 0) + 1)
    this.#inFallback = true
    let outputs: TensorInfo | TensorInfo[]
    try {
      outputs = run()
    } finally {
      this.#inFallback = false
    }
    for (const output of Array.isArray(outputs) ? outputs : [outputs]) this.#settle(output)
    return outputs
  }

  #settle({ dataId, shape, dtype }: TensorInfo): void {
    const data = this.data.get(dataId)
    if (data instanceof DeviceData) return
    const parts = data.complexTensorInfos
    if (parts !== undefined) for (const part of [parts.real, parts.imag]) this.#settle(part)
    else if (data.dtype === dtype)
      this.data.set(dataId, this.#adopt(data.values, shape, dtype, data.refCount))
  }

  /** A tensor for a kernel to write to; its elements are whatever the memory held before. */
  output(shape: number[], dtype: 'float32' | 'int32' | 'bool'): TensorInfo {
    const dataId = {}
    this.data.set(dataId, this.#allocate(shape, dtype, 1))
    return { dataId, shape, dtype }
  }

  /** Float32 tensors of one axis. */
  outputsTogether(sizes: readonly number[]): TensorInfo[] {
    return sizes.map((size) => this.output([size], 'float32'))
  }

  /** Of a tensor's elements on the device; 0 for no tensor. */
  address(tensor: TensorInfo | undefined): number {
    if (tensor === undefined) return 0
    const { dataId, shape, dtype } = tensor
    let data = this.data.get(dataId)
    if (data.dtype !== dtype)
      throw new TypeError(
        `backend ${this.#name}: a ${dtype} tensor of shape [${shape}] shares data of type ${data.dtype}`,
      )
    if (!(data instanceof DeviceData)) {
      data = this.#adopt(data.values, shape, dtype, data.refCount)
      this.data.set(dataId, data)
    }
    if (!(data instanceof DeviceData)) return 0
    data.host = undefined
    return data.block.address
  }

  /** A copy that lasts until the next kernel has run. */
  hostAddress(tensor: TensorInfo): number {
    return this.native.place(this.view(tensor) as Int32Array | Float32Array)
  }

  /** A copy of the elements. That of ids and positions is kept, since every layer asks for it. */
  view(tensor: TensorInfo): NumericArray {
    const data = this.data.get(tensor.dataId)
    const values = data.values as NumericArray
    if (data instanceof DeviceData && tensor.dtype === 'int32') data.host = values
    return values
  }

  #allocate(shape: readonly number[], dtype: DataType, refCount: number): DeviceData {
    const size = util.sizeFromShape([...shape])
    const bytes = dtype === 'bool' ? size : size * 4
    const block = this.#take(bytes, `a ${dtype} tensor of shape [${shape}]`)
    return new DeviceData({ dtype, size, block, refCount }, (data) => this.#read(data))
  }

  /** Where memory is short, what is kept for later goes first. */
  #take(bytes: number, what: string): DeviceBlock {
    try {
      return this.#pool.take(bytes)
    } catch (error) {
      if (!isOutOfMemory(error)) throw deviceErrorFrom(error, what)
    }
    this.dispose()
    try {
      return this.#pool.take(bytes)
    } catch (error) {
      throw deviceErrorFrom(error, what, this.shortage(error))
    }
  }

  #adopt(
    values: Values | undefined,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): TensorData {
    if (values == null || dtype === 'string' || dtype === 'complex64' || this.#inFallback)
      return { values, dtype, refCount }
    const data = this.#allocate(shape, dtype, refCount)
    const numbers = arrayOf(dtype, values as ArrayLike<number>)
    this.#addon.upload(data.block.address, numbers)
    // Ids and positions; rows of bf16 would be held twice.
    if (dtype === 'int32' && shape.length <= 1) data.host = numbers
    return data
  }

  #read({ dtype, size, block, host }: DeviceData): NumericArray {
    if (host !== undefined) return host.slice()
    const to = arrayOf(dtype, size)
    try {
      this.#addon.download(block.address, to)
    } catch (error) {
      throw deviceErrorFrom(error, `reading ${size} numbers`)
    }
    return to
  }
}

/** Why decode steps are not recorded, unless that is how it was asked for. */
function withoutGraphs(addon: GpuAddon): string | undefined {
  const { whyNoGraphs } = addon.work()
  return whyNoGraphs === '' || process.env['ICRL_CUDA_GRAPHS']
    ? undefined
    : `native-cuda launches each kernel of a decode step by itself, which is slower (${whyNoGraphs})`
}

/** A fresh array of a type's numbers, or of so many of them. */
function arrayOf(dtype: DataType, from: ArrayLike<number> | number): NumericArray {
  const make = dtype === 'float32' ? Float32Array : dtype === 'int32' ? Int32Array : Uint8Array
  return typeof from === 'number' ? new make(from) : make.from(from)
}

const deviceMemory = (addon: GpuAddon): BlockMemory<DeviceBlock> => ({
  allocate: (bytes) => ({ address: addon.allocate(bytes), bytes }),
  release: ({ address }) => addon.release(address),
})

/**
 * The current backend if it is one of a GPU, for its memory figures.
 *
 * @example
 * currentCudaBackend()?.resetPeak()
 */
export function currentCudaBackend(): NativeCudaBackend | undefined {
  const { backend } = engine()
  return backend instanceof NativeCudaBackend ? backend : undefined
}
