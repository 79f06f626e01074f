import {
  BatchMatMul,
  type BatchMatMulAttrs,
  GatherV2,
  type GatherV2Attrs,
  getKernel,
  type KernelBackend,
  type KernelConfig,
  type KernelFunc,
  registerKernel,
  Slice,
  type SliceAttrs,
  slice_util,
  type TensorInfo,
  Transpose,
  unregisterKernel,
  util,
} from '@tensorflow/tfjs-core'

/** What the kernels ask of the `wasm` backend. */
interface WasmBackend extends KernelBackend {
  makeOutput(shape: number[], dtype: TensorInfo['dtype']): TensorInfo
  /** A view, until memory grows. */
  typedArrayFromHeap(info: TensorInfo): Float32Array | Int32Array | Uint8Array
}

const replaced = new WeakSet<KernelFunc>()

/**
 * Replaces three kernels of TensorFlow.js's `wasm` backend by faster ones. A product of two matrices
 * with a transposed side becomes a transpose and a plain product, which XNNPACK computes with SIMD;
 * the backend itself computes it one number at a time. A slice of whole rows copies these alone; the
 * backend copies the whole tensor first. Gathered rows are copied run by run, not number by number.
 * Copies have the same bits; products differ in their last ones, as they are summed in another order.
 *
 * Import `@tensorflow/tfjs-backend-wasm` before; calling it again changes nothing.
 *
 * @throws RangeError where the backend has not been imported.
 *
 * @example
 * registerWasmKernels() // after: import '@tensorflow/tfjs-backend-wasm'
 */
export function registerWasmKernels(): void {
  replaceKernel(BatchMatMul, productKernel)
  replaceKernel(Slice, sliceKernel)
  replaceKernel(GatherV2, gatherKernel)
}

function replaceKernel(name: string, faster: (usual: KernelFunc) => KernelFunc): void {
  const kernel = getKernel(name, 'wasm') as KernelConfig | undefined
  if (kernel === undefined)
    throw new RangeError(`registerWasmKernels: import '@tensorflow/tfjs-backend-wasm' before`)
  if (replaced.has(kernel.kernelFunc)) return
  const kernelFunc = faster(kernel.kernelFunc)
  replaced.add(kernelFunc)
  unregisterKernel(name, 'wasm')
  registerKernel({ ...kernel, kernelFunc })
}

function productKernel(usual: KernelFunc): KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const { a, b } = inputs
    const { transposeA, transposeB } = attrs as unknown as BatchMatMulAttrs
    if (!(transposeA || transposeB) || !isMatrix(a!) || !isMatrix(b!))
      return usual({ inputs, attrs, backend })
    const plain = (x: TensorInfo, isTransposed: boolean): TensorInfo =>
      isTransposed ? transposed(x, backend as WasmBackend) : x
    const sides = { a: plain(a!, transposeA), b: plain(b!, transposeB) }
    const product = usual({
      inputs: sides,
      attrs: { ...attrs, transposeA: false, transposeB: false },
      backend,
    })
    if (transposeA) (backend as WasmBackend).disposeData(sides.a.dataId)
    if (transposeB) (backend as WasmBackend).disposeData(sides.b.dataId)
    return product
  }
}

/** True of one matrix, which may stand within leading dimensions of 1. */
function isMatrix({ shape }: TensorInfo): boolean {
  return util.sizeFromShape(shape.slice(0, -2)) === 1
}

function transposed(x: TensorInfo, backend: WasmBackend): TensorInfo {
  const last = x.shape.length - 1
  const perm = x.shape.map((_, axis) => (axis < last - 1 ? axis : 2 * last - 1 - axis))
  return getKernel(Transpose, 'wasm').kernelFunc({
    inputs: { x },
    attrs: { perm },
    backend,
  }) as TensorInfo
}

function sliceKernel(usual: KernelFunc): KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const x = inputs['x']!
    const { begin, size } = attrs as unknown as SliceAttrs
    const [first, shape] = slice_util.parseSliceParams(x as never, begin, size)
    if (x.dtype === 'string' || !slice_util.isSliceContinous(x.shape, first, shape))
      return usual({ inputs, attrs, backend })
    const wasm = backend as WasmBackend
    const out = wasm.makeOutput(shape, x.dtype)
    const start = slice_util.computeFlatOffset(first, util.computeStrides(x.shape))
    const end = start + util.sizeFromShape(shape)
    wasm.typedArrayFromHeap(out).set(wasm.typedArrayFromHeap(x).subarray(start, end))
    return out
  }
}

function gatherKernel(usual: KernelFunc): KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const { x, indices } = inputs as { x: TensorInfo; indices: TensorInfo }
    const { axis, batchDims } = attrs as unknown as GatherV2Attrs
    const wasm = backend as WasmBackend
    const places = wasm.typedArrayFromHeap(indices)
    const rowsOfX = x.shape[0]!
    if (axis !== 0 || batchDims !== 0 || x.dtype !== 'float32' || !areWithin(places, rowsOfX))
      return usual({ inputs, attrs, backend })
    const rest = x.shape.slice(1)
    const out = wasm.makeOutput([...indices.shape, ...rest], x.dtype)
    copyRows({
      from: wasm.typedArrayFromHeap(x),
      to: wasm.typedArrayFromHeap(out),
      places: wasm.typedArrayFromHeap(indices),
      width: util.sizeFromShape(rest),
    })
    return out
  }
}

function areWithin(places: ArrayLike<number>, count: number): boolean {
  for (let i = 0; i < places.length; i++) if (!(places[i]! >= 0 && places[i]! < count)) return false
  return true
}

type View = ReturnType<WasmBackend['typedArrayFromHeap']>

/** Rows that follow each other in both are copied at once. */
function copyRows(copy: { from: View; to: View; places: View; width: number }): void {
  const { from, to, places, width } = copy
  for (let start = 0, end = 0; start < places.length; start = end) {
    while (end < places.length && places[end] === places[start]! + end - start) end++
    const first = places[start]! * width
    to.set(from.subarray(first, first + (end - start) * width), start * width)
  }
}
