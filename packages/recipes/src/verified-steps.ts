import { eachSession, groupAdvantage, groupBy, meanStd } from '@icrl/advantage'
import type { Recipe, RewardRule, Task } from '@icrl/core'
import { clippedSurrogate, tokenMean } from '@icrl/objective'
import { collectSessions } from './collect/collect-sessions.ts'
import { checkCounts } from './options/check-options.ts'
import { solveAndVerify, type SolveAndVerifyOptions } from './solve-and-verify.ts'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'
import { verifiedReturn, type StepVerdict, type VerifiedReturnOptions } from './verified-return.ts'

/** Options of {@link verifiedSteps}. */
export interface VerifiedStepsOptions<T extends Task = Task>
  extends RolloutOptions<T>, SolveAndVerifyOptions<T>, VerifiedReturnOptions {
  /** ε_low: ratios below 1 − ε_low stop contributing. @defaultValue 0.2 */
  readonly clipLow?: number
  /** ε_high: ratios above 1 + ε_high stop contributing. @defaultValue 0.28 */
  readonly clipHigh?: number
  /** β of the penalty in the loss for distance from the initial policy. @defaultValue 0.01 */
  readonly klCoefficient?: number
}

/**
 * Steps that are verified and repaired, after Agent0-VL (Liu et al. 2025, arXiv 2511.19900), as a text
 * analogue: there the steps are about pictures. One policy is solver, verifier and repairer `[paper]`:
 *
 *     r_t = 0.3 · r_tool + score · confidence − g(confidence) · 0.05 · 1[repaired],
 *     g = σ(5 (0.7 − confidence)),   R = r_out + Σ_t 0.99^(t−1) r_t
 *
 * GRPO on the returns R, in groups of one task and role. At most 8 steps and 2 repairs. Ours: a step
 * is repaired below a confidence of 0.7 and verified again `[ours]`; the term −0.01 KL of r_t is a KL in
 * the loss. The three roles learn if they have a policy to train, the solver always.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { verifiedSteps } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const ask = (...lines: string[]) => [{ role: 'user' as const, content: lines.join('\n') }]
 * const recipe = verifiedSteps({
 *   attempt,
 *   stepPrompt: ({ question }, steps) => ask(question, ...steps.map(({ text }) => text), 'Next step:'),
 *   isDone: (_, steps) => /answer/i.test(steps.at(-1)!.text),
 *   verifyPrompt: ({ question }, steps) =>
 *     ask(question, ...steps.map(({ text }) => text), 'Judge the last step as {"score", "confidence"}.'),
 *   repairPrompt: ({ question }, steps, critique) =>
 *     ask(question, ...steps.map(({ text }) => text), critique, 'Write the last step anew:'),
 * })
 */
export function verifiedSteps<T extends Task>({
  stepPrompt,
  isDone,
  tool,
  verifyPrompt,
  parseVerification,
  repairPrompt,
  outcome,
  mostSteps = 8,
  mostRepairs = 2,
  leastConfidence = 0.7,
  toolShare = 0.3,
  repairCost = 0.05,
  discount = 0.99,
  clipLow = 0.2,
  clipHigh = 0.28,
  klCoefficient = 0.01,
  ...rollout
}: VerifiedStepsOptions<T>): Recipe<T> {
  checkCounts('verified-steps', { mostSteps })
  const asking = {
    stepPrompt,
    isDone,
    tool,
    verifyPrompt,
    parseVerification,
    repairPrompt,
    outcome,
  }
  const limits = { mostSteps, mostRepairs, leastConfidence }
  const protocol = solveAndVerify({ ...asking, ...limits })
  const weights = { toolShare, repairCost, discount }
  return solverRecipe(
    'verified-steps',
    { ...rollout, klCoefficient },
    {
      roles: { verifier: {}, repairer: {} },
      collectOf: (size) => collectSessions({ protocol, ...size }),
      reward: eachSession(rewardReturns(weights)),
      advantages: groupAdvantage({ by: groupBy('task', 'role'), baseline: meanStd() }),
      objective: clippedSurrogate({ clipLow, clipHigh }),
      aggregation: tokenMean(),
      options: { ...limits, ...weights, clipLow, clipHigh },
    },
  )
}

/** Every sample of a session earns its return. */
function rewardReturns(weights: Required<VerifiedReturnOptions>): RewardRule {
  return ({ samples, findings }) => {
    // What a session that failed on its way left behind earns nothing.
    const { verdicts = [], outcome = 0 } = findings ?? {}
    const earned = verifiedReturn(
      verdicts as unknown as readonly StepVerdict[],
      Number(outcome),
      weights,
    )
    return samples.map((sample) => ({
      ...sample,
      reward: earned,
      rewards: { ...sample.rewards, return: earned },
    }))
  }
}
