import { engine, util } from '@tensorflow/tfjs-core'
import type { backend_util, DataType, TensorInfo } from '@tensorflow/tfjs-core'
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import { declareBackend } from '@icrl/tfjs-ops'
import { type CpuAddon, NativeCaller } from './addon.ts'
import { type Block, BlockPool, bufferMemory } from './buffer-pool.ts'
import type { NativeBackend } from './kernels/native-kernel.ts'

type Values = backend_util.BackendValues
type TensorData = ReturnType<MathBackendCPU['data']['get']>
type NumericArray = Float32Array | Int32Array | Uint8Array

/** What the backend knows of a tensor's data; `view` is the pool's memory at `address`. */
interface NativeData extends TensorData {
  view?: NumericArray
  address: number
  block?: Block
}

/** Floats to a multiple of which tensors in one block are padded: a cache line. */
const PLACE = 16

/** Bytes the backend holds. */
export interface NativeMemory {
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
  /** Working memory of the kernels, over all threads. */
  readonly numBytesScratch: number
}

/**
 * A TensorFlow.js backend whose data lie in memory that C++ kernels read and write. Kernels it
 * lacks come from `@tensorflow/tfjs-backend-cpu` and work on the same typed arrays. Data are copied
 * in by `write` and out by `read`, so that nobody else holds an array that a kernel may change in
 * place or the pool may reuse.
 *
 * @example
 * const { numBytesPeak } = (currentNativeBackend() as NativeCpuBackend).memory()
 */
export class NativeCpuBackend extends MathBackendCPU implements NativeBackend {
  readonly native: NativeCaller
  readonly bf16Heads = 0
  readonly #pool: BlockPool<Block>
  /** How many live tensors lie in a block, where they are several. */
  readonly #tenants = new Map<Block, number>()
  #inFallback = false

  /** @param isa gives the instruction set in use */
  constructor(addon: CpuAddon, isa: () => string) {
    super()
    declareBackend(this, {
      exact: true,
      get isa() {
        return isa()
      },
    })
    this.native = new NativeCaller(addon)
    this.#pool = new BlockPool(bufferMemory(addon))
  }

  /** Copies values in. */
  override write(values: Values, shape: number[], dtype: DataType): object {
    const dataId = {}
    this.data.set(dataId, this.#adopt(values, shape, dtype, 1))
    return dataId
  }

  /** Copies values in, under an id from another backend. */
  override move(
    dataId: object,
    values: Values,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    this.data.set(dataId, this.#adopt(values, shape, dtype, refCount))
  }

  /** Copies values out. */
  override readSync(dataId: object): Values {
    const { values } = this.#entry(dataId)
    const read = super.readSync(dataId)
    return read === values && !Array.isArray(read) && !this.#inFallback ? read.slice() : read
  }

  override disposeData(dataId: object, force = false): boolean {
    const block = this.data.has(dataId) ? this.#entry(dataId).block : undefined
    const disposed = super.disposeData(dataId, force)
    if (disposed && block !== undefined) this.#leave(block)
    return disposed
  }

  /** What the backend holds now, and held at its peak. */
  override memory(): NativeMemory {
    const { live, free, peak } = this.#pool.usage()
    const scratch = this.native.addon.scratchBytes()
    return {
      unreliable: false,
      reasons: [],
      numBytesLive: live,
      numBytesFree: free,
      numBytesPeak: peak,
      numBytesScratch: scratch,
    }
  }

  /** Starts measuring `numBytesPeak` anew. */
  resetPeak(): void {
    this.#pool.resetPeak()
  }

  /** Frees the pooled memory. */
  override dispose(): void {
    this.#pool.clear()
  }

  /**
   * Runs a TensorFlow.js CPU kernel. Such kernels use arrays of tensors they have already disposed
   * of, and share arrays between tensors. So new data are plain arrays while one runs, and its
   * outputs are copied into the pool at the end.
   */
  runFallback(_kernel: string, run: () => TensorInfo | TensorInfo[]): TensorInfo | TensorInfo[] {
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

  #settle(tensor: TensorInfo): void {
    const data = this.#entry(tensor.dataId)
    const parts = data.complexTensorInfos
    if (parts !== undefined) for (const part of [parts.real, parts.imag]) this.#settle(part)
    else if (data.values !== data.view && data.dtype === tensor.dtype) this.#readopt(data, tensor)
  }

  /** A tensor for a kernel to write to; its elements are whatever the memory held before. */
  output(shape: number[], dtype: 'float32' | 'int32' | 'bool'): TensorInfo {
    const dataId = {}
    this.data.set(dataId, this.#allocate(util.sizeFromShape(shape), dtype, 1))
    return { dataId, shape, dtype }
  }

  /**
   * Float32 tensors of one axis in one piece of memory, for a kernel to write to. It is free when the
   * last of them is disposed of. The system gives one large piece faster than many small ones.
   */
  outputsTogether(sizes: readonly number[]): TensorInfo[] {
    const places = sizes.map((size) => Math.ceil(size / PLACE) * PLACE)
    const whole = this.#pool.take(4 * places.reduce((sum, size) => sum + size, 0))
    this.#tenants.set(whole, sizes.length)
    let at = 0
    return sizes.map((size, i) => {
      const view = new Float32Array(whole.buffer, whole.offset + at, size)
      const address = whole.address + at
      at += 4 * places[i]
      const dataId = {}
      const data = { values: view, view, dtype: 'float32' as const, refCount: 1 }
      this.data.set(dataId, { ...data, address, block: whole } as NativeData)
      return { dataId, shape: [size], dtype: 'float32' }
    })
  }

  /** A tensor of the block is gone. */
  #leave(block: Block): void {
    const others = (this.#tenants.get(block) ?? 1) - 1
    if (others > 0) this.#tenants.set(block, others)
    else {
      this.#tenants.delete(block)
      this.#pool.give(block)
    }
  }

  /** Of a tensor's elements; 0 for no tensor, and if they are strings or complex numbers. */
  address(tensor: TensorInfo | undefined): number {
    if (tensor === undefined) return 0
    const data = this.#entry(tensor.dataId)
    if (data.values !== data.view || data.dtype !== tensor.dtype) this.#readopt(data, tensor)
    return data.address
  }

  hostAddress(tensor: TensorInfo): number {
    return this.address(tensor)
  }

  /** The elements themselves, to read within one kernel. */
  view(tensor: TensorInfo): NumericArray {
    this.address(tensor)
    return this.#entry(tensor.dataId).view as NumericArray
  }

  #entry(dataId: object): NativeData {
    return this.data.get(dataId) as NativeData
  }

  #allocate(size: number, dtype: DataType, refCount: number): NativeData {
    const bytes = dtype === 'bool' ? size : size * 4
    const block = this.#pool.take(bytes)
    const { buffer, offset, address } = block
    const view =
      dtype === 'float32'
        ? new Float32Array(buffer, offset, size)
        : dtype === 'int32'
          ? new Int32Array(buffer, offset, size)
          : new Uint8Array(buffer, offset, size)
    return { values: view, view, dtype, refCount, address, block }
  }

  #adopt(values: Values, shape: number[], dtype: DataType, refCount: number): NativeData {
    if (values == null || dtype === 'string' || dtype === 'complex64' || this.#inFallback)
      return { values, dtype, refCount, address: 0 }
    const data = this.#allocate(util.sizeFromShape(shape), dtype, refCount)
    data.view?.set(values as NumericArray)
    return data
  }

  /** Copies values that a TensorFlow.js kernel set into the pool. */
  #readopt(data: NativeData, tensor: TensorInfo): void {
    if (data.dtype !== tensor.dtype)
      throw new TypeError(
        `backend native-cpu: a ${tensor.dtype} tensor of shape [${tensor.shape}] shares data of type ${data.dtype}`,
      )
    const { values } = data
    if (data.block !== undefined) this.#leave(data.block)
    Object.assign(data, this.#adopt(values as Values, tensor.shape, data.dtype, data.refCount))
  }
}

/**
 * The current backend if it is native-cpu, for its memory figures and for benchmarks.
 *
 * @example
 * currentNativeBackend()?.resetPeak()
 */
export function currentNativeBackend(): NativeCpuBackend | undefined {
  const { backend } = engine()
  return backend instanceof NativeCpuBackend ? backend : undefined
}
