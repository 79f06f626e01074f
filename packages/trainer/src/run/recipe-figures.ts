import { IcrlError, type Figures } from '@icrl/core'

/** Figures that only the trainer gives, or whose families it may add to. */
const OWN =
  /^(step$|accuracy\/first$|(reward|eval|correction|policy|groups|ledger|tokens|perf|memory)\/)/

/**
 * A recipe's own figures that have a value.
 *
 * @param source the recipe's function that gave them
 * @throws `invalid-option` for a name that is the trainer's; `non-finite` for a value that is no
 * number
 */
export function recipeFigures(
  recipe: string,
  source: 'metrics' | 'onEvaluate',
  figures: Figures,
): [string, number][] {
  return Object.entries(figures).flatMap(([name, value]): [string, number][] => {
    if (value === undefined) return []
    if (OWN.test(name) || name === '')
      throw new IcrlError(
        `recipe "${recipe}": ${source} gives a figure the name "${name}", which belongs to the trainer.`,
        {
          code: 'invalid-option',
          remedy: 'Give it a family of its own, such as `mine/agreement`.',
        },
      )
    if (!Number.isFinite(value))
      throw new IcrlError(`recipe "${recipe}": ${source} gives "${name}" the value ${value}.`, {
        code: 'non-finite',
        remedy: 'Give a finite number, or `undefined` where a figure has no value.',
      })
    return [[name, value]]
  })
}
