import type { RoundPart } from './attempt-round.ts'

/**
 * Ids of the samples of the first part that has any: an untrained critic leaves the attempt as a
 * revision's parent.
 */
export function parentsFrom(...parts: readonly RoundPart[]): readonly string[] {
  const part = parts.find(({ samples }) => samples.length > 0)
  return part ? part.samples.map(({ id }) => id) : []
}
