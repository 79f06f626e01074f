import type { Objective, ObjectiveInput, ObjectiveResult, ObjectiveWants } from '@icrl/core'

/**
 * Chooses tokens of an optimizer batch: `[samples][T]`, 1 where a token is chosen. It must not choose
 * masked positions.
 */
export interface TokenChoice {
  /** As it stands in the objective's name. */
  readonly name: string
  /** What it must be given of each token. */
  readonly wants?: ObjectiveWants
  /** `[N][T]` 1 for each token that is chosen, by sample. */
  choose(batch: readonly ObjectiveInput[]): Uint8Array[]
}

/** Options of {@link byToken}. */
export interface ByTokenOptions {
  /** Which tokens are treated otherwise. */
  readonly choice: TokenChoice
  /** The loss of chosen tokens. @defaultValue none */
  readonly chosen?: Objective
  /** The loss of the other tokens. @defaultValue none */
  readonly rest?: Objective
}

/**
 * One objective for the tokens that are chosen and another for the rest. Coefficients stay as they
 * are: a token without a loss still counts in the denominator. The choice sees the whole optimizer
 * batch, and no gradient flows through it.
 *
 * Both objectives must be sums over tokens (see `tokenObjective`).
 *
 * @example
 * import { byToken, clippedSurrogate, topEntropy } from '@icrl/objective'
 * const objective = byToken({ choice: topEntropy({ share: 0.2 }), chosen: clippedSurrogate() })
 */
export function byToken({ choice, chosen, rest }: ByTokenOptions): Objective {
  const wants = [choice.wants, chosen?.wants, rest?.wants]
  return {
    name: `${(chosen ?? rest)?.name ?? 'nothing'} by ${choice.name}`,
    wholeBatch: true,
    wants: {
      old: wants.some((own) => own?.old),
      reference: wants.some((own) => own?.reference),
      entropy: wants.some((own) => own?.entropy),
    },
    evaluate(batch) {
      const choices = choice.choose(batch)
      const own = chosen?.evaluate(masked(batch, choices, 1))
      const others = rest?.evaluate(masked(batch, choices, 0))
      return batch.map((input, i) => joined(input, choices[i], own?.[i], others?.[i]))
    },
  }
}

/** The batch with only the tokens trained whose choice is `kept`. */
function masked(
  batch: readonly ObjectiveInput[],
  choices: readonly Uint8Array[],
  kept: 0 | 1,
): ObjectiveInput[] {
  return batch.map((input, i) => ({
    ...input,
    mask: input.mask.map((trained, t) => (trained && choices[i][t] === kept ? 1 : 0)),
  }))
}

function joined(
  { mask }: ObjectiveInput,
  choices: Uint8Array,
  chosen: ObjectiveResult | undefined,
  rest: ObjectiveResult | undefined,
): ObjectiveResult {
  const sum = (field: 'losses' | 'gradient'): Float32Array =>
    Float32Array.from(mask, (_, t) => (chosen?.[field][t] ?? 0) + (rest?.[field][t] ?? 0))
  const diagnostics: Record<string, number> = {
    chosen: choices.reduce((count, one) => count + one, 0),
  }
  for (const result of [chosen, rest])
    for (const [name, value] of Object.entries(result?.diagnostics ?? {}))
      diagnostics[name] = (diagnostics[name] ?? 0) + value
  return {
    value: (chosen?.value ?? 0) + (rest?.value ?? 0),
    losses: sum('losses'),
    gradient: sum('gradient'),
    diagnostics,
  }
}
