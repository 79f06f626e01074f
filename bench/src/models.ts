import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  initializeModel,
  loadLocalPolicy,
  LocalPolicy,
  parameterShapes,
  parseModelConfig,
} from '@icrl/backbone'
import type { LocalPolicyOptions, ModelConfig } from '@icrl/backbone'

interface Size {
  layers: number
  width: number
  heads: number
  keyValueHeads: number
  feedForward: number
  vocabulary: number
}

const qwen3 = ({
  layers,
  width,
  heads,
  keyValueHeads,
  feedForward,
  vocabulary,
}: Size): ModelConfig =>
  parseModelConfig({
    model_type: 'qwen3',
    hidden_size: width,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: keyValueHeads,
    head_dim: width / heads,
    intermediate_size: feedForward,
    vocab_size: vocabulary,
    max_position_embeddings: 4096,
    tie_word_embeddings: true,
    initializer_range: 0.05,
    rope_theta: 10_000,
    rms_norm_eps: 1e-6,
    hidden_act: 'silu',
    attention_bias: false,
  })

const smolLm2 = (): ModelConfig =>
  parseModelConfig({
    model_type: 'llama',
    hidden_size: 576,
    num_hidden_layers: 30,
    num_attention_heads: 9,
    num_key_value_heads: 3,
    head_dim: 64,
    intermediate_size: 1536,
    vocab_size: 49_152,
    max_position_embeddings: 8192,
    tie_word_embeddings: true,
    rope_theta: 100_000,
    rms_norm_eps: 1e-5,
    hidden_act: 'silu',
    attention_bias: false,
    mlp_bias: false,
    initializer_range: 0.04,
  })

/** Names of the benchmarks' models. */
export type ModelName = 'quickstart' | 'a' | 'b' | 'c' | 'd'

/**
 * Models of the benchmarks: the quickstart's, three of growing size, and SmolLM2-135M's
 * architecture.
 */
export const MODELS: Readonly<Record<ModelName, ModelConfig>> = {
  quickstart: qwen3({
    layers: 2,
    width: 64,
    heads: 4,
    keyValueHeads: 4,
    feedForward: 168,
    vocabulary: 96,
  }),
  a: qwen3({
    layers: 4,
    width: 128,
    heads: 4,
    keyValueHeads: 2,
    feedForward: 352,
    vocabulary: 512,
  }),
  b: qwen3({
    layers: 6,
    width: 256,
    heads: 4,
    keyValueHeads: 2,
    feedForward: 704,
    vocabulary: 2048,
  }),
  c: qwen3({
    layers: 12,
    width: 768,
    heads: 12,
    keyValueHeads: 4,
    feedForward: 2048,
    vocabulary: 32_000,
  }),
  d: smolLm2(),
}

/** A policy with random weights. */
export function createPolicy(config: ModelConfig, options?: LocalPolicyOptions): LocalPolicy {
  return new LocalPolicy(config, initializeModel(config, 1), options)
}

/**
 * A model for both sides of a comparison: ours, and the folder that a peer loads the same weights
 * from.
 */
export interface BenchModel extends AsyncDisposable {
  readonly policy: LocalPolicy
  readonly config: ModelConfig
  /** Writes the folder at its first call. */
  readonly folder: () => Promise<string>
}

/**
 * Model (d) has SmolLM2's own weights where they are at hand (`ICRL_SMOLLM2`, a Hugging Face
 * folder), else random ones; the rest random ones.
 */
export async function openModel(
  name: ModelName,
  options?: LocalPolicyOptions,
): Promise<BenchModel> {
  const own = process.env['ICRL_SMOLLM2'] || join(homedir(), '.cache', 'icrl-models', 'smollm2')
  const trained = name === 'd' && existsSync(join(own, 'model.safetensors'))
  const policy = trained ? await loadLocalPolicy(own, options) : createPolicy(MODELS[name], options)
  let written: string | undefined
  return {
    policy,
    config: policy.config,
    folder: async () => {
      if (trained) return own
      if (written === undefined) {
        written = await mkdtemp(join(tmpdir(), `icrl-bench-${name}-`))
        await policy.save(written, { optimizer: false })
      }
      return written
    },
    [Symbol.asyncDispose]: async () => {
      await policy[Symbol.asyncDispose]()
      if (written !== undefined) await rm(written, { recursive: true, force: true })
    },
  }
}

/** Parameters of a model. */
export function parameterCount(config: ModelConfig): number {
  return [...parameterShapes(config).values()].reduce(
    (total, shape) => total + shape.reduce((size, length) => size * length, 1),
    0,
  )
}

/** Weights of all layers' matrices. */
export function layerWeights({
  hiddenSize,
  heads,
  keyValueHeads,
  headDim,
  feedForwardSize,
  layers,
}: ModelConfig): number {
  return (
    layers *
    (hiddenSize * headDim * (2 * heads + 2 * keyValueHeads) + 3 * hiddenSize * feedForwardSize)
  )
}

/**
 * Floating-point operations of one token's products in a forward pass over sequences of `length`
 * tokens: two a weight, and attention's.
 */
export function forwardFlops(config: ModelConfig, length: number): number {
  const { hiddenSize, heads, headDim, layers, vocabularySize } = config
  return (
    2 * (layerWeights(config) + vocabularySize * hiddenSize) +
    layers * 4 * heads * headDim * ((length + 1) / 2)
  )
}
