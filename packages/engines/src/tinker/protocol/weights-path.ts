/** A checkpoint of a Tinker server: `tinker://MODEL/KIND/NAME`. */
export interface WeightsPath {
  /** The model that wrote it. */
  readonly modelId: string
  /** `weights`: with the optimizer, to go on training; `sampler_weights`: to sample from. */
  readonly kind: 'weights' | 'sampler_weights'
  /** What it was saved as. */
  readonly name: string
}

/**
 * Reads the path of a checkpoint; undefined if it is none. SkyRL answers `tinker://MODEL/NAME` for
 * weights to sample from.
 *
 * @example
 * readWeightsPath('tinker://model_1/weights/step-20') // { modelId: 'model_1', kind: 'weights', name: 'step-20' }
 * readWeightsPath('tinker://model_1/v3')?.kind // 'sampler_weights'
 */
export function readWeightsPath(path: string): WeightsPath | undefined {
  const [, modelId, kind = 'sampler_weights', name] =
    /^tinker:\/\/([^/]+)\/(?:(weights|sampler_weights)\/)?([A-Za-z0-9_-]{1,255})$/.exec(path) ?? []
  return name ? { modelId, kind: kind as WeightsPath['kind'], name } : undefined
}
