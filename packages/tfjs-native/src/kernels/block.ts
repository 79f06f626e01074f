import { OutputAndMlp, OutputAndMlpGrad, QkvProjection, QkvProjectionGrad } from '@icrl/tfjs-ops'
import type {
  DecoderBlockShape,
  LayersAttrs,
  OutputAndMlpAttrs,
  OutputAndMlpGradAttrs,
  OutputAndMlpGradInputs,
  OutputAndMlpInputs,
  QkvProjectionAttrs,
  QkvProjectionGradInputs,
  QkvProjectionInputs,
} from '@icrl/tfjs-ops'
import type { TensorInfo } from '@tensorflow/tfjs-core'
import type { NativeCpuBackend } from '../native-cpu-backend.ts'
import { layerArguments } from './layer-arguments.ts'
import { type KernelCall, nativeKernel, type NativeKernel } from './native-kernel.ts'

type Inputs = Readonly<Record<string, TensorInfo | undefined>>

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

/** The layers of these names, one after another. */
function layersOf(
  { inputs, backend, attrs }: KernelCall<Inputs, LayersAttrs>,
  names: readonly string[],
): number[] {
  return names.flatMap((name) => layerArguments(backend, inputs, name, attrs.scales))
}

function qkvProjection(
  call: KernelCall<QkvProjectionInputs & Inputs, QkvProjectionAttrs>,
): TensorInfo[] {
  const { inputs, backend, attrs } = call
  const { x, positions, norm, query, key, value, queryNorm, keyNorm } = inputs
  const [rows, width] = x.shape
  const outputs = [query, key, value, query, key].map(({ shape: [out] }) =>
    backend.output([rows, out], 'float32'),
  )
  backend.native.run(
    'qkvProjection',
    ...addresses(backend, [x, positions, norm, queryNorm, keyNorm, ...outputs]),
    rows,
    width,
    ...headsOf(attrs),
    backend.native.place(attrs.inverseFrequencies),
    ...layersOf(call, ['query', 'key', 'value']),
  )
  return outputs
}

function qkvProjectionGrad(
  call: KernelCall<QkvProjectionGradInputs & Inputs, QkvProjectionAttrs>,
): TensorInfo[] {
  const { inputs, backend, attrs } = call
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
    ...layersOf(call, ['query', 'key', 'value']),
  )
  return outputs
}

const FROM_ATTENTION_ON = ['output', 'gate', 'up', 'down']

function outputAndMlp(
  call: KernelCall<OutputAndMlpInputs & Inputs, OutputAndMlpAttrs>,
): TensorInfo[] {
  const { inputs, backend, attrs } = call
  const { attended, residual, norm, gate } = inputs
  const [[rows, width], [hidden]] = [residual.shape, gate.shape]
  const outputs = [width, hidden, hidden, width].map((columns) =>
    backend.output([rows, columns], 'float32'),
  )
  backend.native.run(
    'outputAndMlp',
    ...addresses(backend, [attended, residual, norm, ...outputs]),
    rows,
    width,
    attended.shape[1],
    hidden,
    attrs.epsilon,
    ...layersOf(call, FROM_ATTENTION_ON),
  )
  return outputs
}

function outputAndMlpGrad(
  call: KernelCall<OutputAndMlpGradInputs & Inputs, OutputAndMlpGradAttrs>,
): TensorInfo[] {
  const { inputs, backend, attrs } = call
  const { dy, middle, gated, upped, norm, gate } = inputs
  const { attended } = attrs
  const [[rows, width], [hidden]] = [dy.shape, gate.shape]
  const outputs = [
    [rows, width],
    [rows, attended],
    [rows, hidden],
    [rows, width],
    [rows, hidden],
    [rows, hidden],
    [width],
  ].map((shape) => backend.output(shape, 'float32'))
  backend.native.run(
    'outputAndMlpGrad',
    ...addresses(backend, [dy, middle, gated, upped, norm, ...outputs]),
    rows,
    width,
    attended,
    hidden,
    attrs.epsilon,
    ...layersOf(call, FROM_ATTENTION_ON),
  )
  return outputs
}

export const blockKernels: readonly NativeKernel[] = [
  nativeKernel(QkvProjection, qkvProjection),
  nativeKernel(QkvProjectionGrad, qkvProjectionGrad),
  nativeKernel(OutputAndMlp, outputAndMlp),
  nativeKernel(OutputAndMlpGrad, outputAndMlpGrad),
]
