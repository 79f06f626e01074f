import type { Snapshot } from '@icrl/core'
import {
  checkItems,
  checkSampleRequest,
  type ModelLimits,
  refuseFigures,
} from './check-requests.ts'
import { generate, nothing, unlessAborted } from './generate.ts'
import { ofResponse, scoringDatum } from './surrogate.ts'
import type { TinkerModel } from './tinker-model.ts'

/** Where a snapshot's weights lie, for `restore`. */
export interface KeptWeights {
  readonly path: string
  readonly serverSteps: number
  readonly rank: number
  readonly base: string
}
const kept = new WeakMap<Snapshot, KeptWeights>()

/** The weights of a snapshot that a policy of this package made; undefined of another one. */
export function keptWeights(snapshot: Snapshot): KeptWeights | undefined {
  return kept.get(snapshot)
}

/** A snapshot is a model of its own on the server, which is unloaded when it is disposed of. */
export function remoteSnapshot(
  model: TinkerModel,
  version: string,
  limits: ModelLimits,
  weights: KeptWeights,
): Snapshot {
  let disposed: Promise<void> | undefined
  const snapshot: Snapshot = {
    sample: async (request, signal) => {
      checkSampleRequest(request, limits)
      if (signal?.aborted) return nothing(version)
      return unlessAborted(generate(model, request, version, limits), version, signal)
    },
    score: async (items, want = {}) => {
      refuseFigures(want)
      checkItems('score', items, limits)
      const found = await model.forward(items.map(scoringDatum))
      return items.map((item, i) => ({ logprobs: ofResponse(item, found[i]) }))
    },
    [Symbol.asyncDispose]: () => (disposed ??= model.unload()),
  }
  kept.set(snapshot, weights)
  return snapshot
}
