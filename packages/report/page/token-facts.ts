import type { TurnData } from '../src/page-data/report-data.ts'

/** Everything known about one token of a response. */
export interface TokenFacts {
  readonly text: string
  readonly id: number
  /** Whether the environment wrote it: then it has no loss. */
  readonly isObserved: boolean
  /** Nats, under the prompt it was sampled under. */
  readonly behavior: number
  /** Nats, under the prompt it is trained under, by the weights that sampled it. */
  readonly old?: number
  /**
   * exp(old − behavior), the calibration weight of a token; missing if both prompts are the same.
   */
  readonly derivedWeight?: number
  /** The weight as the run computed it, or else `derivedWeight` or 1; before the cap. */
  readonly weight: number
  /** After the cap. */
  readonly usedWeight: number
  readonly advantage?: number
  /** exp(trained − old), if the run stores what the training pass computed. */
  readonly ratio?: number
}

/** The facts of token t; `maxWeight` is the cap w_max. */
export function tokenFacts(turn: TurnData, t: number, maxWeight: number = Infinity): TokenFacts {
  const {
    ids,
    tokens,
    observed = [],
    behavior,
    old,
    trained,
    advantages,
    weights,
    isRebound,
  } = turn
  const derivedWeight = isRebound && old ? Math.exp(old[t] - behavior[t]) : undefined
  const weight = weights?.[t] ?? derivedWeight ?? 1
  return {
    text: tokens?.[t] ?? `⟨${ids[t]}⟩`,
    id: ids[t],
    isObserved: observed.includes(t),
    behavior: behavior[t],
    ...(old && { old: old[t] }),
    ...(derivedWeight !== undefined && { derivedWeight }),
    weight,
    usedWeight: Math.min(weight, maxWeight),
    ...(advantages !== undefined && {
      advantage: typeof advantages === 'number' ? advantages : advantages[t],
    }),
    ...(trained && old && { ratio: Math.exp(trained[t] - old[t]) }),
  }
}

/** What a weight says, in words. */
export function explainWeight({
  weight,
  usedWeight,
  derivedWeight,
}: Pick<TokenFacts, 'weight' | 'usedWeight' | 'derivedWeight'>): string {
  if (derivedWeight === undefined)
    return 'Sampled and trained under the same prompt, so it counts in full: w = 1.'
  if (usedWeight < weight)
    return `The model likes this token ${times(weight)} better without the critique; the cap lets it count ${formatFactor(usedWeight)}-fold at most.`
  if (weight > 1.05)
    return `The model likes this token ${times(weight)} better without the critique, so it counts more.`
  if (weight >= 0.95) return 'The model would have said this without the critique: learned in full.'
  return `Without the critique this token is ${times(1 / weight)} less likely: it leans on the critique and is learned cautiously.`
}

function times(factor: number): string {
  return `${formatFactor(factor)} times`
}

function formatFactor(factor: number): string {
  return factor >= 1000 ? 'over 1000' : Number(factor.toPrecision(2)).toString()
}

/**
 * Mean weight of the tokens that the model wrote in a turn, and how many of them the cap lowers.
 */
export function weightSummary(
  turn: TurnData,
  maxWeight: number = Infinity,
): { readonly mean: number; readonly capped: number; readonly count: number } {
  const facts = turn.ids
    .map((_, t) => tokenFacts(turn, t, maxWeight))
    .filter(({ isObserved }) => !isObserved)
  return {
    mean: facts.reduce((sum, { weight }) => sum + weight, 0) / Math.max(1, facts.length),
    capped: facts.filter(({ weight }) => weight > maxWeight).length,
    count: facts.length,
  }
}
