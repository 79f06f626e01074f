import { LocalPolicy } from '@icrl/backbone'
import { IcrlError, type Policy } from '@icrl/core'
import type { RunConfig } from './define-run.ts'
import { adamOf } from './open-engine.ts'

/** What of a configuration they are made of. */
type AdaptersConfig = Pick<RunConfig, 'adapters' | 'engine' | 'optimizer'>

/** Name of the model's own policy. */
const SHARED = 'shared'

/**
 * The policies of `adapters`, which share the weights of the model's.
 *
 * @throws `invalid-option` where the weights would not stay as they are
 */
export function adaptersOver(
  policy: Policy,
  { adapters = {}, engine, optimizer }: AdaptersConfig,
): Record<string, Policy> {
  const made: Record<string, Policy> = {}
  for (const [name, adapter] of Object.entries(adapters)) {
    if (!(policy instanceof LocalPolicy) || engine?.adapter === undefined || name === SHARED)
      throw new IcrlError(
        name === SHARED
          ? `adapters.${SHARED}: this is the name of the model's own policy.`
          : `adapters.${name}: the model's weights would not stay as they are.`,
        {
          code: 'invalid-option',
          remedy: 'Give the adapter of that policy as `engine.adapter`, others by other names.',
        },
      )
    made[name] = policy.withAdapter({ ...engine, name, adapter, optimizer: adamOf({ optimizer }) })
  }
  return made
}
