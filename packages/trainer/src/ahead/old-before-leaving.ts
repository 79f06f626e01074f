import { isRebound, type Recipe, type Sample, type Snapshot } from '@icrl/core'
import type { Responder } from '@icrl/rollout'
import { isSampled, readsOld } from '../step/prepare-samples.ts'
import { scoreSamples } from '../step/score-samples.ts'

export interface LeavingWeights {
  readonly recipe: Pick<Recipe, 'objective' | 'weights' | 'correction'>
  /** The policies as they are, by name: snapshots that will be disposed of. */
  readonly leaving: Readonly<Record<string, Snapshot>>
  /** What answered each role: some of the snapshots, and what stays. */
  readonly responders: Readonly<Record<string, Responder>>
  /** True for policies whose sampled and scored log-probabilities are the same bits. */
  readonly isExact: (policy: string) => boolean
}

/**
 * Old log-probabilities `[T]` by id of the samples that weights drew which will be gone when they
 * are learned from: of those whose objective reads them, where nothing corrects for other weights.
 * Rebound samples are scored under the prompt that they will be trained under.
 */
export async function oldBeforeLeaving(
  { recipe, leaving, responders, isExact }: LeavingWeights,
  samples: readonly Sample[],
): Promise<ReadonlyMap<string, Float32Array>> {
  const found = new Map<string, Float32Array>()
  if (recipe.correction) return found
  const wanted = samples.filter((sample) => isSampled(sample) && readsOld(recipe, sample))
  for (const source of Object.values(leaving)) {
    const drawn = wanted.filter(({ keys }) => responders[keys.role] === source)
    const isKnown = (sample: Sample): boolean =>
      leaving[sample.policy] === source && isExact(sample.policy) && !isRebound(sample)
    const unknown = drawn.filter((sample) => !isKnown(sample))
    const scored = await scoreSamples(source, unknown, 'trainedUnder')
    unknown.forEach(({ id }, i) => found.set(id, scored[i]))
    for (const { id, behaviorLogprobs } of drawn.filter(isKnown)) found.set(id, behaviorLogprobs)
  }
  return found
}
