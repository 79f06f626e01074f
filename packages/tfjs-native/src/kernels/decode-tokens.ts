import { DecodeTokens } from '@icrl/tfjs-ops'
import type { DecodeTokensAttrs, DecodeTokensInputs } from '@icrl/tfjs-ops'
import type { TensorInfo } from '@tensorflow/tfjs-core'
import { LAYER_ARGUMENTS, layerArguments, strideOf } from './layer-arguments.ts'
import { type KernelCall, nativeKernel, type NativeKernel } from './native-kernel.ts'

const VECTORS = [
  'keyCache',
  'valueCache',
  'attentionNorm',
  'queryNorm',
  'keyNorm',
  'feedForwardNorm',
] as const
const MATRICES = ['query', 'key', 'value', 'output', 'gate', 'up', 'down'] as const
/** Numbers of a block, in the order in which the kernel takes them. */
const BLOCK = VECTORS.length + LAYER_ARGUMENTS * MATRICES.length

function decodeTokens({
  inputs,
  backend,
  attrs,
}: KernelCall<DecodeTokensInputs, DecodeTokensAttrs>): TensorInfo[] {
  const { native } = backend
  const { layers, steps, slots, stops } = attrs
  const count = slots.length
  const outputs = [
    backend.output([count, steps], 'int32'),
    backend.output([count, steps], 'float32'),
    backend.output([count], 'int32'),
  ]
  const address = (name: string): number => {
    const tensor = inputs[name]
    return tensor === undefined ? 0 : backend.address(tensor)
  }
  const blocks = new Float64Array(layers * BLOCK)
  for (let layer = 0; layer < layers; layer++) {
    const vectors = VECTORS.map((name) => address(`${layer}.${name}`))
    const matrices = MATRICES.flatMap((name) =>
      layerArguments(backend, inputs, `${layer}.${name}`, attrs.scales),
    )
    blocks.set([...vectors, ...matrices], layer * BLOCK)
  }
  const [[vocabulary], [width], [hidden], [, capacity]] = [
    inputs.embedding,
    inputs.norm,
    inputs['0.gate'] as TensorInfo,
    inputs['0.keyCache'] as TensorInfo,
  ].map(({ shape }) => shape)
  native.run(
    'decodeTokens',
    ...['embedding', 'norm', 'head', 'headPanels'].map(address),
    native.place(blocks),
    layers,
    count,
    steps,
    capacity,
    width,
    hidden,
    vocabulary,
    attrs.heads,
    attrs.keyValueHeads,
    attrs.headDim,
    attrs.scale,
    attrs.epsilon,
    native.place(attrs.inverseFrequencies),
    native.place(positionsOf(attrs)),
    ...[
      slots,
      attrs.lengths,
      attrs.newest,
      attrs.limits,
      attrs.temperatures,
      attrs.uniforms,
      attrs.topK,
      attrs.topP,
    ].map((array) => native.place(array)),
    native.integers(stops.flat()),
    native.place(startsOf(stops)),
    ...outputs.map((output) => backend.address(output)),
    strideOf(inputs.embedding),
    strideOf(inputs.head),
  )
  checkDrawn(backend.view(outputs[0]), backend.view(outputs[2]), steps)
  return outputs
}

/** Every position that the steps may reach. */
function positionsOf({ lengths, steps }: DecodeTokensAttrs): Int32Array {
  const positions = new Int32Array(lengths.length * steps)
  for (let n = 0, i = 0; n < lengths.length; n++)
    for (let step = 0; step < steps; step++) positions[i++] = lengths[n] + step
  return positions
}

function startsOf(lists: readonly (readonly number[])[]): Int32Array {
  const starts = new Int32Array(lists.length + 1)
  lists.forEach((list, i) => (starts[i + 1] = starts[i] + list.length))
  return starts
}

function checkDrawn(ids: ArrayLike<number>, counts: ArrayLike<number>, steps: number): void {
  for (let n = 0; n < counts.length; n++) {
    if (ids[n * steps + counts[n] - 1] < 0)
      throw new RangeError(
        `decodeTokens: the logits of sequence ${n} are not finite; the weights are not`,
      )
  }
}

export const decodeTokensKernel: NativeKernel = nativeKernel(DecodeTokens, decodeTokens)
