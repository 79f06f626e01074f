import type { Objective, ObjectiveWants, RoutedSample } from '@icrl/core'

/** Options of {@link routed}. */
export interface RoutedOptions {
  /** True for samples of the other objective. */
  readonly when: (sample: RoutedSample) => boolean
  /** The objective of the samples that are chosen. */
  readonly use: Objective
  /** The objective of the others. */
  readonly otherwise: Objective
}

/**
 * Two objectives in one loss, each for its own samples: refinements by their likelihood, the rest by
 * the surrogate. Both must see one sample at a time. What an objective reads is asked for by sample.
 *
 * @example
 * import { clippedSurrogate, routed, shapedLikelihood } from '@icrl/objective'
 * const objective = routed({
 *   when: ({ rebound }) => rebound === true,
 *   use: shapedLikelihood(),
 *   otherwise: clippedSurrogate(),
 * })
 */
export function routed({ when, use, otherwise }: RoutedOptions): Objective {
  const wantsOf = (sample: RoutedSample): ObjectiveWants => {
    const { wants, wantsOf: own } = when(sample) ? use : otherwise
    return own?.(sample) ?? wants ?? {}
  }
  return {
    name: `${otherwise.name}, or ${use.name}`,
    wants: {
      old: use.wants?.old || otherwise.wants?.old,
      reference: use.wants?.reference || otherwise.wants?.reference,
      entropy: use.wants?.entropy || otherwise.wants?.entropy,
    },
    wantsOf,
    proportional: use.proportional && otherwise.proportional,
    evaluate: (unit) => unit.flatMap((input) => (when(input) ? use : otherwise).evaluate([input])),
  }
}
