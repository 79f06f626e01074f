import { IcrlError } from '@icrl/core'

/**
 * Refuses clip distances below 0 or not a number; infinity is no clip.
 *
 * @throws `invalid-option` naming the option
 */
export function checkClip(name: string, distances: Readonly<Record<string, number>>): void {
  for (const [option, distance] of Object.entries(distances)) {
    if (!(distance >= 0))
      throw new IcrlError(`${name}: ${option} is ${distance}.`, {
        code: 'invalid-option',
        remedy: 'Use 0 or more; Infinity for no clip.',
      })
  }
}
