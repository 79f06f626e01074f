import {
  type AdapterOptions,
  initializeModel,
  type KeepActivations,
  LocalPolicy,
  type ModelConfig,
  parameterShapes,
  parseModelConfig,
} from '@icrl/backbone'
import { type PassItem, randomStream } from '@icrl/core'

/** How fast a device is with a model, of which it has seen one block. */
export interface DeviceRates {
  /** Tokens sampled per second, over all generations at once. */
  readonly sampled: number
  /** Rows of a training pass per second. */
  readonly trained: number
}

export interface MeasureRatesOptions {
  /** Generations at once in the run. */
  readonly atOnce: number
  readonly keep?: KeepActivations
  readonly adapter?: AdapterOptions
}

const VOCABULARY = 2048
const PROMPT = 16
const ANSWER = 32
/** A longer batch would be no faster per row. */
const MOST_AT_ONCE = 32
const ROWS = 1024

/**
 * Samples and trains with one block of random weights on the current backend, and scales by the
 * parameters that a token meets: no weight of the model is read. Attention to a long context is left
 * out, so that long answers take longer than this says.
 */
export async function measureRates(
  model: ModelConfig,
  { atOnce, keep, adapter }: MeasureRatesOptions,
): Promise<DeviceRates> {
  const block = oneBlock(model)
  await using policy = new LocalPolicy(block, initializeModel(block, 0), { keep, adapter })
  const share = computedParameters(block) / computedParameters(model)
  return {
    sampled: share * (await samplingRate(policy, Math.min(atOnce, MOST_AT_ONCE))),
    trained: share * (await trainingRate(policy)),
  }
}

function oneBlock({ source, vocabularySize }: ModelConfig): ModelConfig {
  const { layer_types: _, ...fields } = source
  return parseModelConfig({
    ...fields,
    num_hidden_layers: 1,
    vocab_size: Math.min(VOCABULARY, vocabularySize),
    bos_token_id: 0,
    eos_token_id: 0,
    pad_token_id: 0,
  })
}

/** Elements of the matrices that every token is multiplied with. */
function computedParameters(model: ModelConfig): number {
  const shapes = [...parameterShapes(model)]
  const isTied = !shapes.some(([name]) => name === 'lm_head.weight')
  return shapes
    .filter(([name]) => isTied || name !== 'model.embed_tokens.weight')
    .reduce((sum, [, shape]) => sum + (shape.length === 2 ? shape[0] * shape[1] : 0), 0)
}

const promptOf = (i: number): Int32Array => Int32Array.from({ length: PROMPT }, (_, t) => 1 + i + t)

async function samplingRate(policy: LocalPolicy, atOnce: number): Promise<number> {
  const sample = (maxTokens: number): Promise<unknown> =>
    Promise.all(
      Array.from({ length: atOnce }, (_, i) =>
        policy.sample({
          prompt: promptOf(i),
          maxTokens,
          temperature: 1,
          stop: [],
          draws: randomStream(0, 'plan', i),
        }),
      ),
    )
  // The first call lays out the weights.
  await sample(1)
  return (atOnce * ANSWER) / (await secondsOf(() => sample(ANSWER)))
}

async function trainingRate(policy: LocalPolicy): Promise<number> {
  const items = Array.from({ length: ROWS / (PROMPT + 112) }, (_, i): PassItem => ({
    prompt: promptOf(i),
    response: new Int32Array(112).fill(1),
    temperature: 1,
  }))
  const pass = (): Promise<unknown> =>
    policy.accumulate(items, (indices) =>
      indices.map(() => ({ logprobs: new Float32Array(112).fill(1e-3) })),
    )
  await pass()
  return ROWS / (await secondsOf(pass))
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1000
}
