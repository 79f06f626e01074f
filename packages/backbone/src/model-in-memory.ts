import type { Adapter } from './adapter.ts'
import type { ModelConfig } from './config.ts'
import { createDecoder, type Decoder } from './decoder.ts'
import type { SharedWeights } from './shared-weights.ts'

/** A model's weights, and the adapter that is on, if there is one. */
export interface ModelInMemory {
  readonly config: ModelConfig
  readonly base: SharedWeights
  /** Belongs to this model alone. */
  readonly adapter?: Adapter
}

/** The model, ready to compute; `frozen`: whether its base never changes. */
export function decoderOf({ config, base, adapter }: ModelInMemory, frozen: boolean): Decoder {
  const decoder = createDecoder(config, base.parameters, adapter)
  return frozen ? { ...decoder, frozenPanels: base.panels } : decoder
}

/** Frees the adapter, and the base unless others hold it. */
export function disposeModel({ base, adapter }: ModelInMemory): void {
  base.release()
  for (const parameter of adapter?.parameters.values() ?? []) parameter.dispose()
}
