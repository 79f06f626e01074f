import { WeightPanels } from '@icrl/tfjs-ops'
import type { WeightPanelsAttrs, WeightPanelsInputs } from '@icrl/tfjs-ops'
import { BatchMatMul, _FusedMatMul, broadcast_util, util } from '@tensorflow/tfjs-core'
import type { TensorInfo, _FusedMatMulAttrs } from '@tensorflow/tfjs-core'
import { strideOf } from './layer-arguments.ts'
import { binaryOp, binaryTensors } from './binary.ts'
import {
  addressesOf,
  isFloat,
  type KernelCall,
  nativeKernel,
  type NativeKernel,
  sizeOf,
} from './native-kernel.ts'
import { unaryOp, unaryTensor } from './unary.ts'

interface Operands {
  a: TensorInfo
  b: TensorInfo
}
interface Transposes {
  transposeA: boolean
  transposeB: boolean
}

function matMul({
  inputs: { a, b },
  backend,
  attrs: { transposeA, transposeB },
}: KernelCall<Operands, Transposes>): TensorInfo | undefined {
  if (!isFloat(a, b)) return undefined
  const aBatches = a.shape.slice(0, -2)
  const bBatches = b.shape.slice(0, -2)
  const [aBatch, bBatch] = [sizeOf(aBatches), sizeOf(bBatches)]
  const sameBatches = util.arraysEqual(aBatches, bBatches)
  if (!sameBatches && aBatch !== 1 && bBatch !== 1) return undefined
  const [aRows, aColumns] = a.shape.slice(-2)
  const [bRows, bColumns] = b.shape.slice(-2)
  const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns]
  const [inner, n] = transposeB ? [bColumns, bRows] : [bRows, bColumns]
  util.assert(
    k === inner,
    () =>
      `Error in matMul: inner shapes (${k}) and (${inner}) of Tensors with shapes ${a.shape} and ${b.shape} must match.`,
  )
  const batches = sameBatches
    ? aBatches
    : broadcast_util.assertAndGetBroadcastShape(aBatches, bBatches)
  const c = backend.output([...batches, m, n], 'float32')
  backend.native.run('matMul', {
    ...addressesOf(backend, { a, b, c }),
    batch: sizeOf(batches),
    m,
    n,
    k,
    transposeA: transposeA ? 1 : 0,
    transposeB: transposeB ? 1 : 0,
    aNext: aBatch === 1 ? 0 : m * k,
    bNext: bBatch === 1 ? 0 : k * n,
  })
  return c
}

const ACTIVATIONS: Readonly<Record<string, number>> = {
  relu: unaryOp.relu,
  sigmoid: unaryOp.sigmoid,
}

function fusedMatMul(
  call: KernelCall<Operands & { bias?: TensorInfo }, _FusedMatMulAttrs>,
): TensorInfo | undefined {
  const { inputs, backend, attrs } = call
  const activation = attrs.activation ?? 'linear'
  if (activation !== 'linear' && !(activation in ACTIVATIONS)) return undefined
  if (inputs.bias !== undefined && !isFloat(inputs.bias)) return undefined
  const product = matMul(call)
  if (product === undefined) return undefined
  const biased =
    inputs.bias === undefined
      ? product
      : binaryTensors(backend, binaryOp.add, product, inputs.bias, 'float32')
  if (biased !== product) backend.disposeIntermediateTensorInfo(product)
  const activated =
    activation === 'linear' ? biased : unaryTensor(backend, ACTIVATIONS[activation], biased)
  if (activated !== biased) backend.disposeIntermediateTensorInfo(biased)
  return activated
}

/**
 * The most columns that a panel has on any instruction set (the last panel is filled up with
 * zeros), and the floats before the first panel (native/kernels/gemm*.h).
 */
const PANEL = 32
const HEAD = 16

function weightPanels({
  inputs,
  backend,
  attrs: { columns },
}: KernelCall<WeightPanelsInputs, WeightPanelsAttrs>): TensorInfo[] {
  const weights = columns.map((_, i) => inputs[i])
  const sizes = weights.map((weight, i) => {
    const numbers = Math.ceil(weight.shape[0] / PANEL) * PANEL * columns[i]
    return HEAD + (strideOf(weight) > 0 ? numbers / 2 : numbers)
  })
  const outputs = backend.outputsTogether(sizes)
  weights.forEach((weight, i) =>
    backend.native.run('weightPanels', {
      ...addressesOf(backend, { weight, panels: outputs[i] }),
      n: weight.shape[0],
      k: columns[i],
      stride: strideOf(weight),
    }),
  )
  return outputs
}

export const matMulKernels: readonly NativeKernel[] = [
  nativeKernel(BatchMatMul, matMul),
  nativeKernel(_FusedMatMul, fusedMatMul),
  nativeKernel(WeightPanels, weightPanels),
]
