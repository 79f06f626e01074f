import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { tensor, variable, type Variable } from '@tensorflow/tfjs-core'
import { type ModelConfig, parseModelConfig } from '../../src/config.ts'
import { createDecoder } from '../../src/decoder.ts'
import { SafetensorsFile } from '../../src/load-safetensors.ts'
import { parameterShapes } from '../../src/parameter-shapes.ts'
import { counted, countedTokens } from './counted.ts'
import {
  batchOf,
  gradientsOf,
  type GreedyAnswer,
  logitsOf,
  parityPolicy,
  type ParityPlan,
  type Parting,
  partingOf,
  relativeError,
  trainAsPlanned,
} from './measure-parity.ts'

interface SmallModels extends ParityPlan {
  readonly cases: readonly {
    /** Family and rotary embedding, as `llama/yarn`. */
    readonly name: string
    readonly config: Readonly<Record<string, unknown>>
    readonly greedy: GreedyAnswer
  }[]
}

/** How far a model is from transformers, as shares of the largest number expected. */
export interface SmallFigures {
  readonly logits: number
  /** Of the parameter that is farthest off. */
  readonly gradients: number
  readonly greedy: Parting
  /** Weights after the optimizer's steps. */
  readonly trained: number
}

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** Small models of every family and rotary embedding, by name. */
export const smallModels: SmallModels = JSON.parse(readFileSync(file('./small.json'), 'utf8'))

/** Compares a small model with what transformers computed, on the current backend. */
export async function measureSmall(name: string): Promise<SmallFigures> {
  const { config: json, greedy } = smallModels.cases.find((model) => model.name === name)!
  const config = parseModelConfig(json)
  const parameters = countedParameters(config)
  await using expected = await SafetensorsFile.open(file('./small.safetensors'))
  await using policy = parityPolicy(config, parameters, smallModels)
  const decoder = createDecoder(config, parameters)
  const batch = batchOf(smallModels, 0, config.vocabularySize)
  let logits = 0
  for (const [i, ids] of batch.entries()) {
    const found = await logitsOf(decoder, ids)
    logits = Math.max(logits, relativeError(found, await expected.read(`${name}.logits.${i}`)))
  }
  const gradients = farthest(
    config,
    await gradientsOf(decoder, batch),
    await expected.read(`${name}.gradient`),
  )
  const parting = await partingOf(policy, countedTokens(0, 8, config.vocabularySize), greedy)
  await trainAsPlanned(policy, smallModels)
  const weights = new Map([...parameters].map(([key, value]) => [key, value.dataSync<'float32'>()]))
  const trained = farthest(config, weights, await expected.read(`${name}.trained`))
  return { logits, gradients, greedy: parting, trained }
}

/** The script's weights, in the order of their names. */
function countedParameters(config: ModelConfig): Map<string, Variable> {
  const shapes = [...parameterShapes(config)].sort(([a], [b]) => (a < b ? -1 : 1))
  return new Map(
    shapes.map(([name, shape], stream) => {
      const size = shape.reduce((product, length) => product * length, 1)
      const values = counted(stream, size).map((x) => (name.includes('norm') ? 1 + x / 4 : x / 2))
      return [name, variable(tensor(values, shape))]
    }),
  )
}

/** The largest relative error of a parameter; `expected` holds all of them, by their names. */
function farthest(
  config: ModelConfig,
  actual: ReadonlyMap<string, Float32Array>,
  expected: Float32Array,
): number {
  let [at, most] = [0, 0]
  for (const name of [...parameterShapes(config).keys()].sort()) {
    const values = actual.get(name)!
    most = Math.max(most, relativeError(values, expected.subarray(at, at + values.length)))
    at += values.length
  }
  return most
}
