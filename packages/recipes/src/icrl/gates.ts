import { criticGain, criticUtility } from '@icrl/advantage'
import { type Gate, neverStop, stopAtSuccess } from '@icrl/rollout'

/** Which attempts a critic sees: failures only (`oracle`), or all (`none`). */
export type GateName = 'oracle' | 'none'

/** When a session ends, and what its critiques are worth under that rule. */
export interface GatePart {
  readonly stop: Gate
  readonly worth: (before: number, after: number) => number
}

/**
 * `oracle`: critics see failures only (eq. 3). `none`: they see everything, and pay for what they
 * spoil.
 */
export const gates: Readonly<Record<GateName, GatePart>> = {
  oracle: { stop: stopAtSuccess, worth: criticUtility },
  none: { stop: neverStop, worth: criticGain },
}
