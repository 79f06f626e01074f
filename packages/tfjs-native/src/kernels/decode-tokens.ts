import { DecodeTokens } from '@icrl/tfjs-ops'
import type { DecodeTokensAttrs, DecodeTokensInputs } from '@icrl/tfjs-ops'
import type { TensorInfo } from '@tensorflow/tfjs-core'
import type { RecordValues } from '../addon.ts'
import { placeLayers, strideOf } from './layer-arguments.ts'
import { slabArguments } from './slab-arguments.ts'
import { addressesOf, type KernelCall, nativeKernel, type NativeKernel } from './native-kernel.ts'

const MATRICES = ['query', 'key', 'value', 'output', 'gate', 'up', 'down'] as const

type Call = KernelCall<DecodeTokensInputs, DecodeTokensAttrs>

function decodeTokens(call: Call): TensorInfo[] {
  const { inputs, backend, attrs } = call
  const { native } = backend
  const { steps, stops } = attrs
  const count = attrs.lengths.length
  const outputs = [
    backend.output([count, steps], 'int32'),
    backend.output([count, steps], 'float32'),
    backend.output([count], 'int32'),
  ]
  const [ids, logprobs, counts] = outputs
  const { embedding, norm, head, headPanels } = inputs
  const { slabCount, bf16 } = slabArguments(backend, inputs, '0.')
  native.run('decodeTokens', {
    ...addressesOf(backend, { embedding, norm, head, headPanels, ids, logprobs, counts }),
    blocks: native.records('decoderBlock', blocksOf(call)),
    slabCount,
    bf16,
    layers: attrs.layers,
    sequences: count,
    steps,
    width: norm.shape[0],
    hidden: (inputs['0.gate'] as TensorInfo).shape[0],
    vocabulary: embedding.shape[0],
    heads: attrs.heads,
    keyValueHeads: attrs.keyValueHeads,
    headDim: attrs.headDim,
    scale: attrs.scale,
    epsilon: attrs.epsilon,
    inverseFrequencies: native.place(attrs.inverseFrequencies),
    positions: native.place(positionsOf(attrs)),
    pages: native.place(attrs.pages),
    tableStarts: native.place(attrs.tableStarts),
    lengths: native.place(attrs.lengths),
    newest: native.place(attrs.newest),
    limits: native.place(attrs.limits),
    temperatures: native.place(attrs.temperatures),
    uniforms: native.place(attrs.uniforms),
    topK: native.place(attrs.topK),
    topP: native.place(attrs.topP),
    stops: native.integers(stops.flat()),
    stopStarts: native.place(startsOf(stops)),
    embeddingStride: strideOf(embedding),
    headStride: strideOf(head),
  })
  return outputs
}

/** The blocks of the model, first to last. */
function blocksOf({ inputs, backend, attrs }: Call): RecordValues<'decoderBlock'>[] {
  return Array.from({ length: attrs.layers }, (_, layer) => {
    const of = (name: string): TensorInfo | undefined => inputs[`${layer}.${name}`]
    return {
      ...addressesOf(backend, {
        attentionNorm: of('attentionNorm'),
        queryNorm: of('queryNorm'),
        keyNorm: of('keyNorm'),
        feedForwardNorm: of('feedForwardNorm'),
      }),
      slabs: slabArguments(backend, inputs, `${layer}.`).slabs,
      layers: placeLayers(
        backend,
        inputs,
        MATRICES.map((name) => `${layer}.${name}`),
        attrs.scales,
      ),
    }
  })
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

export const decodeTokensKernel: NativeKernel = nativeKernel(DecodeTokens, decodeTokens)
