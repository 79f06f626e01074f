/**
 * What comparing found: equal, by the stage that decided it, `different`, or `undecided`.
 *
 * - `text` the same tree;
 * - `exact` rational or algebraic numbers;
 * - `numeric` 80 digits agree, at a constant or at every sample point;
 * - `symbolic` the same polynomial or rational function.
 */
export type Equality = 'text' | 'exact' | 'numeric' | 'symbolic' | 'different' | 'undecided'

const STAGES: readonly Equality[] = [
  'text',
  'exact',
  'symbolic',
  'numeric',
  'undecided',
  'different',
]

export function isEqual(equality: Equality): boolean {
  return equality !== 'different' && equality !== 'undecided'
}

/** Of parts that must all be equal: the weakest. */
export function allEqual(parts: Iterable<Equality>): Equality {
  let result: Equality = 'text'
  for (const part of parts) {
    if (part === 'different') return part
    if (STAGES.indexOf(part) > STAGES.indexOf(result)) result = part
  }
  return result
}

/** Of readings of which one must be equal: the strongest. */
export function anyEqual(readings: Iterable<Equality>): Equality {
  let result: Equality = 'different'
  for (const reading of readings) {
    if (isEqual(reading)) return reading
    if (reading === 'undecided') result = reading
  }
  return result
}

/** Results computed one by one, as they are asked for. */
export function* lazily<T>(steps: readonly (() => T)[]): Generator<T> {
  for (const step of steps) yield step()
}
