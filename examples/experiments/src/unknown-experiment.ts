import { IcrlError, nearestMatch } from '@icrl/core'

/** What to say of an experiment that is not there: the one that is meant, and all there are. */
export function unknownExperiment(name: string, known: readonly string[]): IcrlError {
  const meant = nearestMatch(name, known)
  return new IcrlError(`There is no experiment "${name}".`, {
    code: 'invalid-option',
    remedy: `${meant ? `Did you mean "${meant}"? ` : ''}Name any of ${known.join(', ')}.`,
  })
}
