/** Fails a check with a reason: a plain error, which every runner can show. */
export function expect(holds: boolean, reason: string): asserts holds {
  if (!holds) throw new Error(reason)
}

/** True for arrays of the same length and bits; NaN equals NaN. */
export function sameValues(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false
  return true
}

/** Largest absolute difference of two arrays of one length. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]))
  return largest
}

/** The error that an action rejects with; fails the check if it resolves. */
export async function rejection(action: () => Promise<unknown>, what: string): Promise<Error> {
  try {
    await action()
  } catch (error) {
    expect(error instanceof Error, `${what}: rejected with something that is no Error`)
    return error
  }
  throw new Error(`${what}: should have been refused`)
}
