import { IcrlError, nearestMatch } from '@icrl/core'

/**
 * Refuses options a recipe does not have.
 *
 * @param unknown the options that are left when the known ones are taken out
 * @param known their names
 * @throws `invalid-option` naming them, and what the first one may stand for
 */
export function refuseUnknown(recipe: string, unknown: object, known: readonly string[]): void {
  const names = Object.entries(unknown).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  )
  if (names.length === 0) return
  const meant = nearestMatch(names[0], known)
  throw new IcrlError(`${recipe}: no option ${names.map((name) => `"${name}"`).join(', ')}.`, {
    code: 'invalid-option',
    option: names[0],
    remedy: meant ? `Did you mean "${meant}"?` : `Its options are ${[...known].sort().join(', ')}.`,
  })
}

/**
 * Refuses counts that are not whole numbers of 1 or more.
 *
 * @throws `invalid-option` naming the option
 */
export function checkCounts(recipe: string, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) {
    if (!Number.isSafeInteger(count) || count < 1)
      throw new IcrlError(`${recipe}: ${name} is ${count}.`, {
        code: 'invalid-option',
        option: name,
        remedy: 'Use a whole number of 1 or more.',
      })
  }
}

/**
 * Refuses coefficients that are not finite numbers of 0 or more.
 *
 * @throws `invalid-option` naming the option
 */
export function checkCoefficients(
  recipe: string,
  coefficients: Readonly<Record<string, number>>,
): void {
  for (const [name, coefficient] of Object.entries(coefficients)) {
    if (!(coefficient >= 0 && coefficient < Infinity))
      throw new IcrlError(`${recipe}: ${name} is ${coefficient}.`, {
        code: 'invalid-option',
        option: name,
        remedy: 'Use a finite number of 0 or more.',
      })
  }
}
