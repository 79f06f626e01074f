import { AdamWInPlace, AddEmbeddingGrad, AddWeightGrad, EmbeddingGrad } from '@icrl/tfjs-ops'
import type {
  AdamWAttrs,
  AdamWInputs,
  AddEmbeddingGradInputs,
  AddWeightGradInputs,
  EmbeddingGradAttrs,
  EmbeddingGradInputs,
} from '@icrl/tfjs-ops'
import type { TensorInfo } from '@tensorflow/tfjs-core'
import { strideOf } from './layer-arguments.ts'
import { type KernelCall, nativeKernel, type NativeKernel, sizeOf } from './native-kernel.ts'

function embeddingGrad({
  inputs: { dy, ids },
  backend,
  attrs: { rows },
}: KernelCall<EmbeddingGradInputs, EmbeddingGradAttrs>): TensorInfo {
  const [count, width] = dy.shape
  const dweight = backend.output([rows, width], 'float32')
  backend.native.run(
    'embeddingGrad',
    backend.address(dy),
    backend.address(ids),
    backend.address(dweight),
    count,
    rows,
    width,
  )
  return dweight
}

function addEmbeddingGrad({
  inputs: { sum, dy, ids },
  backend,
}: KernelCall<AddEmbeddingGradInputs, object>): TensorInfo[] {
  const [rows, width] = sum.shape
  const addresses = [sum, dy, ids].map((tensor) => backend.address(tensor))
  backend.native.run('addEmbeddingGrad', ...addresses, dy.shape[0], rows, width)
  return []
}

function addWeightGrad({
  inputs: { sum, dy, x },
  backend,
}: KernelCall<AddWeightGradInputs, object>): TensorInfo[] {
  const [out, width] = sum.shape
  const addresses = [sum, dy, x].map((tensor) => backend.address(tensor))
  backend.native.run('addWeightGrad', ...addresses, dy.shape[0], out, width)
  return []
}

type Optional = Readonly<Record<string, TensorInfo | undefined>>

function adamW({
  inputs,
  backend,
  attrs,
}: KernelCall<AdamWInputs & Optional, AdamWAttrs>): TensorInfo[] {
  const { learningRate, beta1, beta2, epsilon, weightDecay, step, gradientScale } = attrs
  const { parameter, firstMoment, secondMoment, gradient, low, firstScales, secondScales } = inputs
  const addresses = [parameter, firstMoment, secondMoment, gradient].map((tensor) =>
    backend.address(tensor),
  )
  const optional = (tensor: TensorInfo | undefined): number =>
    tensor === undefined ? 0 : backend.address(tensor)
  const rates = [
    beta1,
    1 - beta1,
    beta2,
    1 - beta2,
    1 - beta1 ** step,
    1 - beta2 ** step,
    epsilon,
    learningRate,
    1 - learningRate * weightDecay,
  ]
  backend.native.run(
    'adamW',
    ...addresses,
    sizeOf(gradient.shape),
    gradientScale,
    ...rates,
    optional(low),
    gradient.shape[1] ?? 0,
    strideOf(parameter),
    attrs.momentBits,
    optional(firstScales),
    optional(secondScales),
    attrs.roundingKey,
  )
  return []
}

export const parameterKernels: readonly NativeKernel[] = [
  nativeKernel(EmbeddingGrad, embeddingGrad),
  nativeKernel(AddEmbeddingGrad, addEmbeddingGrad),
  nativeKernel(AddWeightGrad, addWeightGrad),
  nativeKernel(AdamWInPlace, adamW),
]
