import { IcrlError } from '@icrl/core'

/** One accepted answer, or several of which any counts. */
export type Golds = string | readonly string[]

/** As a list; an empty one is a mistake in the data, not a wrong answer. */
export function listGolds(golds: Golds, check: string): readonly string[] {
  const list = typeof golds === 'string' ? [golds] : golds
  if (list.length === 0)
    throw new IcrlError(`${check}: the list of accepted answers is empty.`, {
      code: 'invalid-option',
      remedy: 'Give at least one.',
    })
  return list
}
