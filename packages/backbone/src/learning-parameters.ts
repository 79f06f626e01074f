import { IcrlError } from '@icrl/core'
import type { LearningParameters } from './optimizer.ts'

/**
 * The parameters that learn, in order: all but the frozen ones.
 *
 * @throws IcrlError `invalid-option` for the name of no parameter, and if all are frozen
 */
export function learningParameters(
  parameters: LearningParameters,
  frozen: Iterable<string> | ((name: string) => boolean) = [],
): LearningParameters {
  const isFrozen = typeof frozen === 'function' ? frozen : among(parameters, frozen)
  const learning = new Map([...parameters].filter(([name]) => !isFrozen(name)))
  if (learning.size > 0 || parameters.size === 0) return learning
  throw new IcrlError(`frozen: all ${parameters.size} parameters are, so nothing could learn.`, {
    code: 'invalid-option',
    remedy: 'Leave one out; a model that never learns is a snapshot (loadSnapshot).',
  })
}

function among(
  parameters: LearningParameters,
  frozen: Iterable<string>,
): (name: string) => boolean {
  const names = new Set(frozen)
  for (const name of names) {
    if (parameters.has(name)) continue
    throw new IcrlError(`frozen: the model has no parameter ${JSON.stringify(name)}.`, {
      code: 'invalid-option',
      remedy: `Names are as in the checkpoint, such as ${[...parameters.keys()][0]}.`,
    })
  }
  return (name) => names.has(name)
}
