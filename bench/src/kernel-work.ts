import type { ModelConfig } from '@icrl/backbone'
import { layerWeights, parameterCount } from './models.ts'
import type { KernelTime } from './profile-kernels.ts'
import type { Work } from './row.ts'

/**
 * What a training step computed: packed rows, rows that predict a scored token, and pairs of a
 * query with a key it sees.
 */
export interface StepRows {
  readonly rows: number
  readonly scored: number
  readonly pairs: number
}

interface Amount {
  readonly limit: Work['limit']
  readonly each?: number
  readonly whole?: number
}

const FLOAT = 4

/**
 * FLOP/s or bytes/s of a kernel in a training step: the least it has to compute, or to read and
 * write. Undefined for a kernel that only moves data.
 */
export function kernelWork(
  config: ModelConfig,
  step: StepRows,
  { name, calls, milliseconds }: KernelTime,
): Work | undefined {
  const amount = amounts(config, step)[name]
  if (amount === undefined) return undefined
  return {
    limit: amount.limit,
    perSecond: (amount.whole ?? (amount.each as number) * calls) / (milliseconds / 1000),
  }
}

function amounts(config: ModelConfig, { rows, scored, pairs }: StepRows): Record<string, Amount> {
  const { hiddenSize, heads, keyValueHeads, headDim, feedForwardSize, layers, vocabularySize } =
    config
  const compute = (whole: number): Amount => ({ limit: 'multiply-adds', whole })
  const traffic = (floats: number): Amount => ({ limit: 'memory', each: FLOAT * floats })
  const attention = layers * 2 * heads * headDim * pairs
  const head = 2 * scored * vocabularySize * hiddenSize
  const before = layers * hiddenSize * headDim * (heads + 2 * keyValueHeads)
  const after = layerWeights(config) - before
  const rotated = (rows * (heads + keyValueHeads) * headDim) / 2
  return {
    // The weights' gradients; what goes forward and back through them belongs to the parts of the
    // blocks.
    matMul: compute(2 * rows * layerWeights(config)),
    qkvProjection: compute(2 * rows * before),
    qkvProjectionGrad: compute(2 * rows * before),
    outputAndMlp: compute(2 * rows * after),
    outputAndMlpGrad: compute(2 * rows * after),
    // Scores and their sum with the values; backward, the scores again and four products more.
    packedAttention: compute(2 * attention),
    packedAttentionGrad: compute(5 * attention),
    tokenLogProbability: compute(head),
    // The logits again, then the gradients of the rows and of the weights.
    tokenLogProbabilityGrad: compute(3 * head),
    rmsNorm: traffic(2 * rows * hiddenSize),
    rmsNormGrad: traffic(3 * rows * hiddenSize),
    rotary: traffic(2 * rotated),
    rotaryGrad: traffic(3 * rotated),
    swiGlu: traffic(3 * rows * feedForwardSize),
    swiGluGrad: traffic(5 * rows * feedForwardSize),
    embeddingGrad: traffic(rows * hiddenSize + vocabularySize * hiddenSize),
    addEmbeddingGrad: traffic(rows * hiddenSize + 2 * vocabularySize * hiddenSize),
    // Parameter, both moments, gradient; all but the last written again.
    adamW: { limit: 'memory', whole: FLOAT * 7 * parameterCount(config) },
  }
}
