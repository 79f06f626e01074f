import { IcrlError } from '@icrl/core'

/**
 * Refuses options a recipe does not have.
 *
 * @param unknown the options that are left when the known ones are taken out
 * @throws `invalid-option` naming them
 */
export function refuseUnknown(recipe: string, unknown: object): void {
  const names = Object.entries(unknown).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  )
  if (names.length > 0)
    throw new IcrlError(`${recipe}: no option ${names.map((name) => `"${name}"`).join(', ')}.`, {
      code: 'invalid-option',
      remedy: 'Look for a spelling mistake, or for the recipe that has it.',
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
        remedy: 'Use a finite number of 0 or more.',
      })
  }
}
