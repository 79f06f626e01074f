import { OutputAndMlp, OutputAndMlpGrad, QkvProjection, QkvProjectionGrad } from '@icrl/tfjs-ops'
import type {
  OutputAndMlpAttrs,
  OutputAndMlpGradAttrs,
  OutputAndMlpGradInputs,
  OutputAndMlpInputs,
  QkvProjectionAttrs,
  QkvProjectionGradInputs,
  QkvProjectionInputs,
} from '@icrl/tfjs-ops'
import type { TensorInfo } from '@tensorflow/tfjs-core'
import { placeLayers } from './layer-arguments.ts'
import {
  addressesOf,
  type KernelCall,
  type NativeBackend,
  nativeKernel,
  type NativeKernel,
} from './native-kernel.ts'

type Inputs = Readonly<Record<string, TensorInfo | undefined>>

const UP_TO_ATTENTION = ['query', 'key', 'value']

/** What both directions of the part before attention take beside tensors. */
function headsOf({
  inputs,
  backend,
  attrs,
}: KernelCall<Inputs, QkvProjectionAttrs>): Record<
  'positions' | 'heads' | 'keyValueHeads' | 'headDim' | 'epsilon' | 'inverseFrequencies' | 'layers',
  number
> {
  const { heads, keyValueHeads, headDim, epsilon, inverseFrequencies, scales } = attrs
  return {
    positions: backend.hostAddress(inputs.positions as TensorInfo),
    heads,
    keyValueHeads,
    headDim,
    epsilon,
    inverseFrequencies: backend.native.place(inverseFrequencies),
    layers: placeLayers(backend, inputs, UP_TO_ATTENTION, scales),
  }
}

const outputs = (backend: NativeBackend, shapes: readonly number[][]): TensorInfo[] =>
  shapes.map((shape) => backend.output(shape, 'float32'))

function qkvProjection(
  call: KernelCall<QkvProjectionInputs & Inputs, QkvProjectionAttrs>,
): TensorInfo[] {
  const { inputs, backend } = call
  const { x, norm, queryNorm, keyNorm } = inputs
  const [rows, width] = x.shape
  const shapes = [inputs.query, inputs.key, inputs.value, inputs.query, inputs.key].map(
    ({ shape: [out] }) => [rows, out],
  )
  const results = outputs(backend, shapes)
  const [query, key, value, rotatedQuery, rotatedKey] = results
  backend.native.run('qkvProjection', {
    ...addressesOf(backend, { x, norm, queryNorm, keyNorm }),
    ...addressesOf(backend, { query, key, value, rotatedQuery, rotatedKey }),
    ...headsOf(call),
    rows,
    width,
  })
  return results
}

function qkvProjectionGrad(
  call: KernelCall<QkvProjectionGradInputs & Inputs, QkvProjectionAttrs>,
): TensorInfo[] {
  const { inputs, backend } = call
  const { drotatedQuery, drotatedKey, dvalue, dresidual, x, norm, queryNorm, keyNorm } = inputs
  const { projectedQuery: query, projectedKey: key } = inputs
  const headNorms = queryNorm === undefined || keyNorm === undefined ? [] : [queryNorm, keyNorm]
  const results = outputs(
    backend,
    [x, x, query, key, norm, ...headNorms].map(({ shape }) => shape),
  )
  const [dx, normed, dquery, dkey, dnorm, dqueryNorm, dkeyNorm] = results
  const [rows, width] = x.shape
  backend.native.run('qkvProjectionGrad', {
    ...addressesOf(backend, { drotatedQuery, drotatedKey, dvalue, dresidual, x, query, key }),
    ...addressesOf(backend, { norm, queryNorm, keyNorm }),
    ...addressesOf(backend, { dx, normed, dquery, dkey, dnorm, dqueryNorm, dkeyNorm }),
    ...headsOf(call),
    rows,
    width,
  })
  return results
}

const FROM_ATTENTION_ON = ['output', 'gate', 'up', 'down']

function outputAndMlp({
  inputs,
  backend,
  attrs: { epsilon, scales },
}: KernelCall<OutputAndMlpInputs & Inputs, OutputAndMlpAttrs>): TensorInfo[] {
  const { attended, residual, norm } = inputs
  const [[rows, width], [hidden]] = [residual.shape, inputs.gate.shape]
  const results = outputs(
    backend,
    [width, hidden, hidden, width].map((columns) => [rows, columns]),
  )
  const [middle, gate, up, y] = results
  backend.native.run('outputAndMlp', {
    ...addressesOf(backend, { attended, residual, norm, middle, gate, up, y }),
    rows,
    width,
    attendedWidth: attended.shape[1],
    hidden,
    epsilon,
    layers: placeLayers(backend, inputs, FROM_ATTENTION_ON, scales),
  })
  return results
}

function outputAndMlpGrad({
  inputs,
  backend,
  attrs: { attended, epsilon, scales },
}: KernelCall<OutputAndMlpGradInputs & Inputs, OutputAndMlpGradAttrs>): TensorInfo[] {
  const { dy, middle, gated: gate, upped: up, norm } = inputs
  const [[rows, width], [hidden]] = [dy.shape, inputs.gate.shape]
  const results = outputs(backend, [
    [rows, width],
    [rows, attended],
    [rows, hidden],
    [rows, width],
    [rows, hidden],
    [rows, hidden],
    [width],
  ])
  const [dmiddle, dattended, activated, normed, dgate, dup, dnorm] = results
  backend.native.run('outputAndMlpGrad', {
    ...addressesOf(backend, { dy, middle, gate, up, norm }),
    ...addressesOf(backend, { dmiddle, dattended, activated, normed, dgate, dup, dnorm }),
    rows,
    width,
    attendedWidth: attended,
    hidden,
    epsilon,
    layers: placeLayers(backend, inputs, FROM_ATTENTION_ON, scales),
  })
  return results
}

export const blockKernels: readonly NativeKernel[] = [
  nativeKernel(QkvProjection, qkvProjection),
  nativeKernel(QkvProjectionGrad, qkvProjectionGrad),
  nativeKernel(OutputAndMlp, outputAndMlp),
  nativeKernel(OutputAndMlpGrad, outputAndMlpGrad),
]
