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
import {
  addressesOf,
  type KernelCall,
  nativeKernel,
  type NativeKernel,
  sizeOf,
} from './native-kernel.ts'

function embeddingGrad({
  inputs: { dy, ids },
  backend,
  attrs: { rows },
}: KernelCall<EmbeddingGradInputs, EmbeddingGradAttrs>): TensorInfo {
  const [count, width] = dy.shape
  const dweight = backend.output([rows, width], 'float32')
  backend.native.run('embeddingGrad', {
    ...addressesOf(backend, { dy, dweight }),
    ids: backend.hostAddress(ids),
    count,
    rows,
    width,
  })
  return dweight
}

function addEmbeddingGrad({
  inputs: { sum, dy, ids },
  backend,
}: KernelCall<AddEmbeddingGradInputs, object>): TensorInfo[] {
  const [rows, width] = sum.shape
  backend.native.run('addEmbeddingGrad', {
    ...addressesOf(backend, { sum, dy }),
    ids: backend.hostAddress(ids),
    count: dy.shape[0],
    rows,
    width,
  })
  return []
}

function addWeightGrad({
  inputs: { sum, dy, x },
  backend,
}: KernelCall<AddWeightGradInputs, object>): TensorInfo[] {
  const [out, width] = sum.shape
  backend.native.run('addWeightGrad', {
    ...addressesOf(backend, { sum, dy, x }),
    rows: dy.shape[0],
    out,
    in: width,
  })
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
  backend.native.run('adamW', {
    ...addressesOf(backend, {
      parameter,
      first: firstMoment,
      second: secondMoment,
      gradient,
      low,
      firstScales,
      secondScales,
    }),
    elements: sizeOf(gradient.shape),
    gradientScale,
    beta1,
    rest1: 1 - beta1,
    beta2,
    rest2: 1 - beta2,
    bias1: 1 - beta1 ** step,
    bias2: 1 - beta2 ** step,
    epsilon,
    rate: learningRate,
    keep: 1 - learningRate * weightDecay,
    columns: gradient.shape[1] ?? 0,
    stride: strideOf(parameter),
    momentBits: attrs.momentBits,
    roundingKey: attrs.roundingKey,
  })
  return []
}

export const parameterKernels: readonly NativeKernel[] = [
  nativeKernel(EmbeddingGrad, embeddingGrad),
  nativeKernel(AddEmbeddingGrad, addEmbeddingGrad),
  nativeKernel(AddWeightGrad, addWeightGrad),
  nativeKernel(AdamWInPlace, adamW),
]
