import { IcrlError } from '@icrl/core'
import type { BlockWeights, LinearLayer, Bf16Matrix } from '@icrl/tfjs-ops'
import type { Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import { type Adapter, adapterNames } from './adapter.ts'
import { adapterScale } from './adapter-folder.ts'
import type { ModelConfig } from './config.ts'
import { parameterShapes } from './parameter-shapes.ts'
import type { Weight } from './weight-storage.ts'

/** Variables by their names in a Hugging Face checkpoint, in file order. */
export type Parameters = ReadonlyMap<string, Variable>

/** A matrix of a block, and the prefix of its parameters' names. */
export interface LinearWeights extends LinearLayer {
  /** Name in the checkpoint, without `.weight`. */
  readonly name: string
}

/** The weights of one decoder block, and the prefix of its parameters' names. */
export interface NamedBlockWeights extends BlockWeights {
  /** The block's prefix in the checkpoint. */
  readonly name: string
  /** Projection of the queries. */
  readonly query: LinearWeights
  /** Projection of the keys. */
  readonly key: LinearWeights
  /** Projection of the values. */
  readonly value: LinearWeights
  /** Projection of what attention gave. */
  readonly output: LinearWeights
  /** The MLP's gate. */
  readonly gate: LinearWeights
  /** The MLP's second input, which the gate multiplies. */
  readonly up: LinearWeights
  /** The MLP's way back to the hidden size. */
  readonly down: LinearWeights
}

/** A model's weights by their place. */
export interface DecoderWeights {
  /** `[V][D]` */
  readonly embedding: Tensor2D | Bf16Matrix
  /** One for each layer, first to last. */
  readonly blocks: readonly NamedBlockWeights[]
  /** `[D]` */
  readonly norm: Tensor1D
  /** `[V][D]`, the same tensor as `embedding` where they are tied. */
  readonly head: Tensor2D | Bf16Matrix
  /** Name of the output matrix in the checkpoint; that of the embedding where they are tied. */
  readonly headName: string
}

/** Names of the parameters outside the blocks. */
export const EMBEDDING = 'model.embed_tokens.weight'
export const FINAL_NORM = 'model.norm.weight'
export const HEAD = 'lm_head.weight'

/** Names of a block's parameters. */
export function blockParameters(block: NamedBlockWeights): string[] {
  const { name, queryNorm, keyNorm } = block
  const layers = [
    block.query,
    block.key,
    block.value,
    block.output,
    block.gate,
    block.up,
    block.down,
  ]
  return [
    `${name}.input_layernorm.weight`,
    `${name}.post_attention_layernorm.weight`,
    ...(queryNorm ? [`${name}.self_attn.q_norm.weight`] : []),
    ...(keyNorm ? [`${name}.self_attn.k_norm.weight`] : []),
    ...layers.flatMap((layer) => [
      `${layer.name}.weight`,
      ...(layer.bias ? [`${layer.name}.bias`] : []),
      ...(layer.adapter ? Object.values(adapterNames(layer.name)) : []),
    ]),
  ]
}

type Matrix = (Variable & Tensor2D) | Bf16Matrix
type Vector = Variable & Tensor1D

/**
 * Puts parameters in their places; throws `corrupt-file` where one is missing, `invalid-shape`
 * where one has another shape.
 */
export function placeWeights(
  config: ModelConfig,
  parameters: ReadonlyMap<string, Weight>,
  adapter?: Adapter,
): DecoderWeights {
  const shapes = parameterShapes(config)
  const place = (name: string): Weight => {
    const found = parameters.get(name)
    if (found === undefined)
      throw new IcrlError(`Parameter ${name} is missing.`, {
        code: 'corrupt-file',
        remedy: 'Load the whole checkpoint.',
      })
    const wanted = shapes.get(name) as number[]
    if (found.shape.join() !== wanted.join()) {
      throw new IcrlError(
        `Parameter ${name} has shape [${found.shape.join(', ')}], the configuration says [${wanted.join(', ')}].`,
        {
          code: 'invalid-shape',
          remedy: 'Use the config.json that belongs to these weights.',
        },
      )
    }
    return found
  }
  const headName = config.tiedEmbeddings ? EMBEDDING : HEAD
  return {
    embedding: place(EMBEDDING) as Matrix,
    blocks: Array.from({ length: config.layers }, (_, layer) =>
      placeBlock(config, `model.layers.${layer}`, place, adapter),
    ),
    norm: place(FINAL_NORM) as Vector,
    head: place(headName) as Matrix,
    headName,
  }
}

function placeBlock(
  config: ModelConfig,
  name: string,
  place: (name: string) => Weight,
  adapter: Adapter | undefined,
): NamedBlockWeights {
  const vector = (part: string): Tensor1D => place(`${name}.${part}`) as Vector
  const linear = (part: string, biased: boolean): LinearWeights => ({
    name: `${name}.${part}`,
    weight: place(`${name}.${part}.weight`) as Matrix,
    ...(biased ? { bias: vector(`${part}.bias`) } : {}),
    ...adapterOf(`${name}.${part}`, adapter),
  })
  return {
    name,
    attentionNorm: vector('input_layernorm.weight'),
    query: linear('self_attn.q_proj', config.projectionBias),
    key: linear('self_attn.k_proj', config.projectionBias),
    value: linear('self_attn.v_proj', config.projectionBias),
    output: linear('self_attn.o_proj', config.outputBias),
    ...(config.headNorm
      ? { queryNorm: vector('self_attn.q_norm.weight'), keyNorm: vector('self_attn.k_norm.weight') }
      : {}),
    feedForwardNorm: vector('post_attention_layernorm.weight'),
    gate: linear('mlp.gate_proj', false),
    up: linear('mlp.up_proj', false),
    down: linear('mlp.down_proj', false),
  }
}

/** A layer's part of an adapter, if it has one. */
function adapterOf(layer: string, adapter: Adapter | undefined): Pick<LinearLayer, 'adapter'> {
  const names = adapterNames(layer)
  const a = adapter?.parameters.get(names.a)
  const b = adapter?.parameters.get(names.b)
  if (adapter === undefined || a === undefined || b === undefined) return {}
  return {
    adapter: {
      a: a as Variable & Tensor2D,
      b: b as Variable & Tensor2D,
      scale: adapterScale(adapter.config),
    },
  }
}
