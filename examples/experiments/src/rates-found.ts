import { areaUnderCurve } from '@icrl/report'
import { bestRate, type SearchedRate } from './best-rate.ts'
import type { Experiment } from './experiment.ts'
import type { StoredCurve } from './stored-curves.ts'

/** The best rate of each arm of a search, by the area under its curves. */
export function ratesFound(
  { arms, tokens }: Pick<Experiment, 'arms' | 'tokens'>,
  curves: readonly StoredCurve[],
): Map<string, SearchedRate> {
  return new Map(
    arms.map((arm) => [
      arm,
      bestRate(
        curves
          .filter((curve) => curve.arm === arm)
          .map((curve) => ({
            learningRate: curve.learningRate,
            area: areaUnderCurve(curve, tokens),
          })),
      ),
    ]),
  )
}
