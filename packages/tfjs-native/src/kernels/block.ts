import {
  AfterAttention,
  AfterAttentionGrad,
  BeforeAttention,
  BeforeAttentionGrad,
} from '@icrl/tfjs-ops'
import type {
  AfterAttentionAttrs,
  AfterAttentionGradInputs,
  AfterAttentionInputs,
  BeforeAttentionGradInputs,
  BeforeAttentionInputs,
  DecoderBlockShape,
} from '@icrl/tfjs-ops'
import type { TensorInfo } from '@tensorflow/tfjs-core'
import type { NativeCpuBackend } from '../native-cpu-backend.ts'
import { nativeKernel } from './native-kernel.ts'
import type { KernelCall, NativeKernel } from './native-kernel.ts'

/** Addresses of tensors, 0 for those that are absent. */
const addresses = (
  backend: NativeCpuBackend,
  tensors: readonly (TensorInfo | undefined)[],
): number[] => tensors.map((tensor) => (tensor === undefined ? 0 : backend.address(tensor)))

const headsOf = ({ heads, keyValueHeads, headDim, epsilon }: DecoderBlockShape): number[] => [
  heads,
  keyValueHeads,
  headDim,
  epsilon,
]

function beforeAttention({
  inputs,
  backend,
  attrs,
}: KernelCall<
  BeforeAttentionInputs & Record<string, TensorInfo | undefined>,
  DecoderBlockShape
>): TensorInfo[] {
  const {
    x,
    positions,
    norm,
    query,
    key,
    value,
    queryBias,
    keyBias,
    valueBias,
    queryNorm,
    keyNorm,
  } = inputs
  const [rows, width] = x.shape
  const outputs = [query, key, value, query, key].map(({ shape: [out] }) =>
    backend.output([rows, out], 'float32'),
  )
  const tensors = [
    x,
    positions,
    norm,
    query,
    key,
    value,
    queryBias,
    keyBias,
    valueBias,
    queryNorm,
    keyNorm,
    ...outputs,
  ]
  backend.native.run(
    'beforeAttention',
    ...addresses(backend, tensors),
    rows,
    width,
    ...headsOf(attrs),
    backend.native.place(attrs.inverseFrequencies),
  )
  return outputs
}

function beforeAttentionGrad({
  inputs,
  backend,
  attrs,
}: KernelCall<
  BeforeAttentionGradInputs & Record<string, TensorInfo | undefined>,
  DecoderBlockShape
>): TensorInfo[] {
  const {
    dturnedQuery,
    dturnedKey,
    dvalue,
    dresidual,
    x,
    projectedQuery,
    projectedKey,
    positions,
    norm,
    query,
    key,
    value,
    queryNorm,
    keyNorm,
  } = inputs
  const output = ({ shape }: TensorInfo): TensorInfo => backend.output(shape, 'float32')
  const outputs = [
    x,
    x,
    projectedQuery,
    projectedKey,
    norm,
    ...(queryNorm === undefined || keyNorm === undefined ? [] : [queryNorm, keyNorm]),
  ].map(output)
  const tensors = [
    dturnedQuery,
    dturnedKey,
    dvalue,
    dresidual,
    x,
    projectedQuery,
    projectedKey,
    positions,
    norm,
    query,
    key,
    value,
    queryNorm,
    keyNorm,
    ...outputs,
  ]
  const [rows, width] = x.shape
  const padding = outputs.length === 7 ? [] : [0, 0]
  backend.native.run(
    'beforeAttentionGrad',
    ...addresses(backend, tensors),
    ...padding,
    rows,
    width,
    ...headsOf(attrs),
    backend.native.place(attrs.inverseFrequencies),
  )
  return outputs
}

function afterAttention({
  inputs,
  backend,
  attrs,
}: KernelCall<
  AfterAttentionInputs & { outputBias?: TensorInfo },
  AfterAttentionAttrs
>): TensorInfo[] {
  const { attended, residual, output, outputBias, norm, gate, up, down } = inputs
  const [[rows, width], [hidden]] = [residual.shape, gate.shape]
  const outputs = [width, hidden, hidden, width].map((columns) =>
    backend.output([rows, columns], 'float32'),
  )
  backend.native.run(
    'afterAttention',
    ...addresses(backend, [
      attended,
      residual,
      output,
      outputBias,
      norm,
      gate,
      up,
      down,
      ...outputs,
    ]),
    rows,
    width,
    attended.shape[1],
    hidden,
    attrs.epsilon,
  )
  return outputs
}

function afterAttentionGrad({
  inputs,
  backend,
  attrs,
}: KernelCall<AfterAttentionGradInputs, AfterAttentionAttrs>): TensorInfo[] {
  const { dy, middle, gated, upped, norm, output, gate, up, down } = inputs
  const [[rows, width], [, heads], [hidden]] = [dy.shape, output.shape, gate.shape]
  const outputs = [
    [rows, width],
    [rows, heads],
    [rows, hidden],
    [rows, width],
    [rows, hidden],
    [rows, hidden],
    [width],
  ].map((shape) => backend.output(shape, 'float32'))
  backend.native.run(
    'afterAttentionGrad',
    ...addresses(backend, [dy, middle, gated, upped, norm, output, gate, up, down, ...outputs]),
    rows,
    width,
    heads,
    hidden,
    attrs.epsilon,
  )
  return outputs
}

export const blockKernels: readonly NativeKernel[] = [
  nativeKernel(BeforeAttention, beforeAttention),
  nativeKernel(BeforeAttentionGrad, beforeAttentionGrad),
  nativeKernel(AfterAttention, afterAttention),
  nativeKernel(AfterAttentionGrad, afterAttentionGrad),
]
