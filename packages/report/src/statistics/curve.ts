import { IcrlError } from '@icrl/core'

/**
 * A learning curve: what was measured after so many sampled tokens. `tokens` ascending, not empty.
 */
export interface Curve {
  /** `[E]` sampled training tokens before each evaluation. */
  readonly tokens: readonly number[]
  /** `[E]` accuracy there. */
  readonly values: ArrayLike<number>
}

/**
 * The curve's height at a number of tokens, on the straight line between the evaluations around it;
 * before the first and after the last evaluation, theirs. Of several at one place it is the last, as
 * where training samples nothing.
 *
 * @example
 * import { valueAt } from '@icrl/report'
 * console.log(valueAt({ tokens: [0, 100], values: [0.2, 0.6] }, 25)) // 0.3
 */
export function valueAt({ tokens, values }: Curve, at: number): number {
  checkCurve({ tokens, values })
  const next = tokens.findIndex((place) => place > at)
  if (next < 0) return values[tokens.length - 1]
  if (next === 0) return values[0]
  const share = (at - tokens[next - 1]) / (tokens[next] - tokens[next - 1])
  return values[next - 1] + share * (values[next] - values[next - 1])
}

/**
 * Area under the curve from 0 to `horizon` tokens, divided by `horizon`: the mean accuracy while
 * learning, also in [0, 1] (trapezoids between evaluations). A horizon of 0 gives the value there.
 *
 * @example
 * import { areaUnderCurve } from '@icrl/report'
 * console.log(areaUnderCurve({ tokens: [0, 100], values: [0, 1] }, 100)) // 0.5
 */
export function areaUnderCurve(curve: Curve, horizon: number): number {
  checkCurve(curve)
  if (horizon <= 0) return valueAt(curve, 0)
  const places = [0, ...curve.tokens.filter((place) => place > 0 && place < horizon), horizon]
  let area = 0
  for (let i = 1; i < places.length; i++)
    area +=
      ((places[i] - places[i - 1]) * (valueAt(curve, places[i - 1]) + valueAt(curve, places[i]))) /
      2
  return area / horizon
}

/**
 * Sampled tokens at which the curve first reaches a threshold, on the straight line between
 * evaluations; undefined if it never does. A later fall below it changes nothing.
 *
 * @example
 * import { tokensToThreshold } from '@icrl/report'
 * console.log(tokensToThreshold({ tokens: [0, 100], values: [0.2, 0.6] }, 0.4)) // 50
 */
export function tokensToThreshold(curve: Curve, threshold: number): number | undefined {
  checkCurve(curve)
  const { tokens, values } = curve
  for (let i = 0; i < tokens.length; i++) {
    if (values[i] < threshold) continue
    if (i === 0) return tokens[0]
    return (
      tokens[i - 1] +
      ((threshold - values[i - 1]) / (values[i] - values[i - 1])) * (tokens[i] - tokens[i - 1])
    )
  }
  return undefined
}

function checkCurve({ tokens, values }: Curve): void {
  if (tokens.length > 0 && tokens.length === values.length) return
  throw new IcrlError(`curve: ${tokens.length} places for ${values.length} values.`, {
    code: 'invalid-shape',
    remedy: 'Give one value for each place, and at least one.',
  })
}
