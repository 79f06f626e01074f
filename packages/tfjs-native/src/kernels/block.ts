import { OutputAndMlp, OutputAndMlpGrad, QkvProjection, QkvProjectionGrad } from '@icrl/tfjs-ops'
import type {
  OutputAndMlpAttrs,
  OutputAndMlpGradInputs,
  OutputAndMlpInputs,
  QkvProjectionGradInputs,
  QkvProjectionInputs,
  DecoderBlockShape,
} from '@icrl/tfjs-ops'
import type { TensorInfo } from '@tensorflow/tfjs-core'
import type { NativeCpuBackend } from '../native-cpu-backend.ts'
import { type KernelCall, nativeKernel, type NativeKernel } from './native-kernel.ts'

/** Addresses of tensors, 0 for missing ones. */
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

function qkvProjection({
  inputs,
  backend,
  attrs,
}: KernelCall<
  QkvProjectionInputs & Record<string, TensorInfo | undefined>,
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
    'qkvProjection',
    ...addresses(backend, tensors),
    rows,
    width,
    ...headsOf(attrs),
    backend.native.place(attrs.inverseFrequencies),
  )
  return outputs
}

function qkvProjectionGrad({
  inputs,
  backend,
  attrs,
}: KernelCall<
  QkvProjectionGradInputs & Record<string, TensorInfo | undefined>,
  DecoderBlockShape
>): TensorInfo[] {
  const {
    drotatedQuery,
    drotatedKey,
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
    drotatedQuery,
    drotatedKey,
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
    'qkvProjectionGrad',
    ...addresses(backend, tensors),
    ...padding,
    rows,
    width,
    ...headsOf(attrs),
    backend.native.place(attrs.inverseFrequencies),
  )
  return outputs
}

function outputAndMlp({
  inputs,
  backend,
  attrs,
}: KernelCall<OutputAndMlpInputs & { outputBias?: TensorInfo }, OutputAndMlpAttrs>): TensorInfo[] {
  const { attended, residual, output, outputBias, norm, gate, up, down } = inputs
  const [[rows, width], [hidden]] = [residual.shape, gate.shape]
  const outputs = [width, hidden, hidden, width].map((columns) =>
    backend.output([rows, columns], 'float32'),
  )
  backend.native.run(
    'outputAndMlp',
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

function outputAndMlpGrad({
  inputs,
  backend,
  attrs,
}: KernelCall<OutputAndMlpGradInputs, OutputAndMlpAttrs>): TensorInfo[] {
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
    'outputAndMlpGrad',
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
  nativeKernel(QkvProjection, qkvProjection),
  nativeKernel(QkvProjectionGrad, qkvProjectionGrad),
  nativeKernel(OutputAndMlp, outputAndMlp),
  nativeKernel(OutputAndMlpGrad, outputAndMlpGrad),
]
