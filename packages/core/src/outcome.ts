import { IcrlError } from './errors.ts'

/** How an attempt ended: what it earned, and whether that is a success. */
export interface Outcome {
  /** Any finite number. */
  readonly reward: number
  /** Whether the attempt solved its task. */
  readonly success: boolean
}

/** A judgment before it is checked: `success` is left to the default where it is not said. */
export type Judgment = Omit<Outcome, 'success'> & Partial<Pick<Outcome, 'success'>>

/** Sums of components such as 0.7 + 0.2 + 0.1 miss 1 by rounding. */
const ROUNDING = 1e-9

/**
 * An outcome, checked. Where `success` is not said, a reward of 1 is one, to within 1e-9.
 *
 * @param where who judged, for the error
 * @throws `non-finite` for a reward that is no finite number (NaN, null, true, "1"); `invalid-shape` for one above 1 without
 * `success` (nobody can tell whether a score of 3.7 is a success), or a `success` that is no boolean.
 * @example
 * import { outcomeOf } from '@icrl/core'
 * outcomeOf({ reward: 0.7 + 0.2 + 0.1 }, 'verifier') // { reward: 0.9999999999999999, success: true }
 * outcomeOf({ reward: 3.7, success: false }, 'reward model') // { reward: 3.7, success: false }
 */
export function outcomeOf(judgment: Judgment, where: string): Outcome {
  if (typeof judgment !== 'object' || judgment === null)
    throw new IcrlError(`${where}: the judgment is ${inWords(judgment)}.`, {
      code: 'invalid-shape',
      remedy: 'Return an object with a `reward`.',
    })
  const { reward, success } = judgment
  if (!Number.isFinite(reward))
    throw new IcrlError(`${where}: the reward is ${inWords(reward)}.`, {
      code: 'non-finite',
      remedy: 'A reward is a finite number: fix what computed it.',
    })
  if (success === undefined && reward > 1 + ROUNDING)
    throw new IcrlError(`${where}: the reward is ${reward}, and success is not said.`, {
      code: 'invalid-shape',
      remedy: 'Rewards above 1 need `success`: return { reward, success } and decide it yourself.',
    })
  if (success !== undefined && typeof success !== 'boolean')
    throw new IcrlError(`${where}: success is ${inWords(success)}.`, {
      code: 'invalid-shape',
      remedy: 'Return true or false, or leave it out.',
    })
  return { reward, success: isSuccess({ reward, success }) }
}

/** Tells `"1"` from 1, and NaN from null. */
function inWords(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

/**
 * True for a success: what was said, else a reward of 1 to within 1e-9. For judgments that were
 * checked before, such as stored ones; `outcomeOf` checks.
 *
 * @example
 * import { isSuccess } from '@icrl/core'
 * isSuccess({ reward: 1 }) // true
 * isSuccess({ reward: 1, success: false }) // false
 */
export function isSuccess({ reward, success }: Judgment): boolean {
  return success ?? Math.abs(reward - 1) <= ROUNDING
}
