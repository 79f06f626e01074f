import { randomStream } from '@icrl/core'
import { tensor, variable } from '@tensorflow/tfjs-core'
import type { Variable } from '@tensorflow/tfjs-core'
import type { ModelConfig } from './config.ts'
import { parameterShapes } from './parameter-shapes.ts'

/**
 * Fresh weights: matrices are normal with the configuration's `initializer_range` as standard
 * deviation, norms 1, biases 0. A value depends only on the seed, the parameter's name and the
 * index.
 *
 * @param seed any finite number
 * @returns variables by name; the caller disposes of them
 *
 * @example
 * declare const config: ModelConfig
 * const parameters = initializeModel(config, 0)
 */
export function initializeModel(config: ModelConfig, seed: number): Map<string, Variable> {
  const parameters = new Map<string, Variable>()
  for (const [name, shape] of parameterShapes(config)) {
    const values = tensor(initialValues(name, shape, config.initializerRange, seed), shape)
    parameters.set(name, variable(values))
    values.dispose()
  }
  return parameters
}

function initialValues(
  name: string,
  shape: readonly number[],
  deviation: number,
  seed: number,
): Float32Array {
  const values = new Float32Array(shape.reduce((size, length) => size * length, 1))
  if (shape.length === 1) return name.endsWith('.bias') ? values : values.fill(1)
  const stream = randomStream(seed, 'init', name)
  for (let i = 0; i < values.length; i++) values[i] = deviation * stream.normal(i)
  return values
}
