import type {
  EvaluatedSet,
  EvaluationFigures,
  Figures,
  Outcome,
  Recipe,
  Sample,
  SessionResult,
  StepFigures,
} from '@icrl/core'
import { meanOf, shareOf } from './means.ts'
import { probeIn, probeWeightMean, rememberProbe } from './probe.ts'
import { weightStatistics } from './weight-statistics.ts'

/**
 * The figures of methods in which a critic helps and the loss sees no critique. Each is left out
 * where there is nothing to compute it from, so that a method without a critic may have them, too.
 *
 * Of a step: `accuracy/guided`, attempts after a critique that succeeded; `critic/leak_rate`,
 * critiques that state the answer; `critic/tokens`, their length; `calibration/*`, statistics of
 * w_t over rebound tokens, before the cap. Of an evaluation: `critic/lift`, second attempts at what
 * the first one failed, `with_critique` less `plain_retry`; `critic/harm_rate`, right answers that
 * turned wrong after a critique; `calibration/probe_weight_mean`, w_t over a fixed set of guided
 * answers, which the recipe remembers as `probe`.
 *
 * With several sets of held-out tasks, `critic/lift` and `critic/harm_rate` are given for each, as
 * `critic/<set>/lift`, and their mean over the sets if every set has a value.
 *
 * @example
 * import { critiqueFigures } from '@icrl/recipes'
 * import type { Recipe } from '@icrl/core'
 * declare const recipe: Recipe
 * const watched: Recipe = { ...recipe, ...critiqueFigures() }
 */
export function critiqueFigures(): Required<Pick<Recipe, 'metrics' | 'onEvaluate'>> {
  return { metrics: stepFigures, onEvaluate: evaluationFigures }
}

function stepFigures({ sessions, rewarded, trained, capWeights, memory }: StepFigures): Figures {
  rememberProbe(memory, rewarded)
  const critiques = rewarded.filter(isCritique)
  const weights = weightStatistics(trained, capWeights)
  return {
    'accuracy/guided': shareOf(guidedOutcomes(sessions), ({ success }) => success),
    'critic/leak_rate': meanOf(
      critiques.flatMap(({ rewards }) => ('leak' in rewards ? [rewards.leak] : [])),
    ),
    'critic/tokens': meanOf(critiques.map(({ response }) => response.length)),
    'calibration/weight_mean': weights?.mean,
    'calibration/capped_fraction': weights?.cappedFraction,
    'calibration/ess': weights?.effectiveSampleSize,
    'calibration/muted_fraction': weights?.mutedFraction,
    'calibration/success_min_weight': weights?.leastOfSuccess,
  }
}

function isCritique({ keys }: Sample): boolean {
  return keys.role === 'critic'
}

/** Outcomes of the attempts that a critique came before. */
function guidedOutcomes(sessions: readonly SessionResult[]): Outcome[] {
  return sessions.flatMap(({ outcomes, transcript }) =>
    outcomes.filter(
      (_, i) => i > 0 && transcript.some(({ role, round }) => role === 'critic' && round === i),
    ),
  )
}

async function evaluationFigures({
  sets,
  score,
  capWeights,
  memory,
}: EvaluationFigures): Promise<Figures> {
  const figures = {
    ...overSets('lift', sets, lift),
    ...overSets('harm_rate', sets, harmRate),
  }
  if (!memory) return figures
  rememberProbe(
    memory,
    sets
      .flatMap(({ conditions }) => Object.values(conditions).flat())
      .flatMap((one) => one.samples),
  )
  const mean = await probeWeightMean(probeIn(memory), score, capWeights)
  return { ...figures, 'calibration/probe_weight_mean': mean }
}

/** A figure of each named set, and the mean over the sets if all have one. */
function overSets(
  name: string,
  sets: readonly EvaluatedSet[],
  figureOf: (set: EvaluatedSet) => number | undefined,
): Figures {
  const values = sets.map(figureOf)
  const known = values.filter((value) => value !== undefined)
  return {
    ...Object.fromEntries(
      sets.flatMap(({ name: set }, i) =>
        set === undefined ? [] : [[`critic/${set}/${name}`, values[i]]],
      ),
    ),
    [`critic/${name}`]: known.length === sets.length ? meanOf(known) : undefined,
  }
}

/**
 * Conditions share the draws of first attempts, so second attempts are at the same failures. Where a
 * session failed before its second attempt ended, its counterpart is left out, too.
 */
function lift({ conditions }: EvaluatedSet): number | undefined {
  const [guidedBy, retriedBy] = [conditions.with_critique, conditions.plain_retry].map(
    (sessions = []) =>
      new Map(sessions.filter(isRetried).map((each) => [`${each.session}/${each.task}`, each])),
  )
  const both = [...guidedBy.keys()].filter((key) => retriedBy.has(key))
  const guided = shareOf(both, (key) => guidedBy.get(key)!.outcomes[1].success)
  const retried = shareOf(both, (key) => retriedBy.get(key)!.outcomes[1].success)
  return guided === undefined || retried === undefined ? undefined : guided - retried
}

/** True if a second attempt followed a first one that failed. */
function isRetried({ outcomes }: SessionResult): boolean {
  return outcomes.length > 1 && !outcomes[0].success
}

function harmRate({ conditions }: EvaluatedSet): number | undefined {
  const critiqued = Object.values(conditions)
    .flat()
    .filter(
      ({ outcomes, transcript }) =>
        outcomes.length > 1 &&
        outcomes[0].success &&
        transcript.some(({ role }) => role === 'critic'),
    )
  return shareOf(critiqued, ({ outcomes }) => !outcomes[1].success)
}
