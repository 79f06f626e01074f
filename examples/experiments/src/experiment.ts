/** Runs that are compared with each other: every arm with every rate and seed. */
export interface Experiment {
  /** The folder of the arms' configurations, `TASK/ARM.config.ts`, and the title of its tables. */
  readonly task: string
  readonly arms: readonly string[]
  /** Learning rates to try. Default: each arm's own. */
  readonly rates?: readonly number[]
  /** A rate for each arm, in place of its own. */
  readonly rateOf?: Readonly<Record<string, number>>
  readonly seeds: readonly number[]
  /** Sampled training tokens of each run. */
  readonly tokens: number
  /** Sampled tokens at which tables show the curves. */
  readonly places: readonly number[]
  /** Steps between evaluations. */
  readonly every: number
  /** Further figures of each evaluation that are stored. */
  readonly figures?: readonly string[]
  /** Held-out questions of an evaluation, of each of its sets. */
  readonly questions: number
}

/** One run of an experiment. */
export interface PlannedRun {
  readonly arm: string
  /** Default: the arm's own. */
  readonly learningRate?: number
  readonly seed: number
}

/** An experiment's runs, seed by seed: wherever it is stopped, all arms have about as many. */
export function plannedRuns({ arms, rates, rateOf, seeds }: Experiment): PlannedRun[] {
  const ratesOf = (arm: string): readonly number[] => rates ?? (rateOf ? [rateOf[arm]] : [])
  return seeds.flatMap((seed) =>
    arms.flatMap((arm): PlannedRun[] =>
      ratesOf(arm).length === 0
        ? [{ arm, seed }]
        : ratesOf(arm).map((learningRate) => ({ arm, learningRate, seed })),
    ),
  )
}
