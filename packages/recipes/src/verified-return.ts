/** What a verifier makes of a step. */
export interface Verification {
  /** From −1 to 1. */
  readonly score: number
  /** From 0 to 1. */
  readonly confidence: number
}

/** A step as {@link verifiedReturn} sees it. */
export interface StepVerdict extends Verification {
  /** What the tool makes of the step, 0 without one. */
  readonly tool: number
  /** Whether the step was wrong first and then put right. */
  readonly repaired: boolean
}

/** Options of {@link verifiedReturn}. */
export interface VerifiedReturnOptions {
  /** Share of the tool. @defaultValue 0.3 */
  readonly toolShare?: number
  /** What a repair costs behind a fully open gate. @defaultValue 0.05 */
  readonly repairCost?: number
  /** γ: how much a later reward counts, per step. @defaultValue 0.99 */
  readonly discount?: number
}

/**
 * How far the gate to a repair is open: σ(5 (0.7 − confidence)).
 *
 * @example
 * import { repairGate } from '@icrl/recipes'
 * repairGate(0.7) // 0.5
 * repairGate(0.3) // 0.881
 */
export function repairGate(confidence: number): number {
  return 1 / (1 + Math.exp(-5 * (0.7 - confidence)))
}

/**
 * The return of a session of {@link verifiedSteps}: R = r_out + Σ_t γ^(t−1) r_t.
 *
 * @example
 * import { verifiedReturn } from '@icrl/recipes'
 * const step = { score: 1, confidence: 0.9, tool: 1, repaired: false }
 * verifiedReturn([step], 1) // 2.2 = 1 + 0.3 + 0.9
 */
export function verifiedReturn(
  steps: readonly StepVerdict[],
  outcome: number,
  { toolShare = 0.3, repairCost = 0.05, discount = 0.99 }: VerifiedReturnOptions = {},
): number {
  return steps.reduce((sum, { tool, score, confidence, repaired }, t) => {
    const cost = repaired ? repairGate(confidence) * repairCost : 0
    return sum + discount ** t * (toolShare * tool + score * confidence - cost)
  }, outcome)
}
