import { eachSession, groupAdvantage, groupBy, meanStd } from '@icrl/advantage'
import type { Message, Recipe, RewardRule, SessionPart, SessionProtocol, Task } from '@icrl/core'
import { clippedSurrogate, tokenMean } from '@icrl/objective'
import { roleTurn, sessionResult } from '@icrl/rollout'
import { collectSessions } from './collect/collect-sessions.ts'
import { checkCounts } from './options/check-options.ts'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** One step of a solution, and what was made of it. */
export interface VerifiedStep {
  /** What the step says. */
  readonly text: string
  /** What a tool answered; absent if none was called. */
  readonly result?: string
}

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
  /** Share of the tool; default: 0.3. */
  readonly toolShare?: number
  /** What a repair costs behind a fully open gate; default: 0.05. */
  readonly repairCost?: number
  /** γ; default: 0.99. */
  readonly discount?: number
}

/** Options of {@link verifiedSteps}. */
export interface VerifiedStepsOptions<T extends Task = Task>
  extends RolloutOptions<T>, VerifiedReturnOptions {
  /** Asks the solver for the next step. */
  readonly stepPrompt: (task: T, steps: readonly VerifiedStep[]) => readonly Message[]
  /** Whether the last step ends the solution. */
  readonly isDone: (task: T, steps: readonly VerifiedStep[]) => boolean
  /**
   * Runs the tool that a step calls; undefined if it calls none. Its `value` is r_tool. Default: no
   * tool.
   */
  readonly tool?: (
    task: T,
    step: string,
  ) => { readonly result: string; readonly value: number } | undefined
  /** Asks the role `verifier` about the last step. */
  readonly verifyPrompt: (task: T, steps: readonly VerifiedStep[]) => readonly Message[]
  /** Default: `score` and `confidence` of the last JSON object; what cannot be read is 0 and 0. */
  readonly parseVerification?: (text: string) => Verification | undefined
  /** Asks the role `repairer` for another last step, given what the verifier said of it. */
  readonly repairPrompt: (
    task: T,
    steps: readonly VerifiedStep[],
    critique: string,
  ) => readonly Message[]
  /** r_out of a finished solution; default: 0, there is no reward from outside. */
  readonly outcome?: (task: T, steps: readonly VerifiedStep[]) => number
  /** Default: 8. */
  readonly mostSteps?: number
  /** Repairs of a session; default: 2. */
  readonly mostRepairs?: number
  /** Below this confidence a step is repaired; default: 0.7. */
  readonly leastConfidence?: number
  /** Default: 0.2. */
  readonly clipLow?: number
  /** Default: 0.28. */
  readonly clipHigh?: number
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
  const { tasksPerStep = 16, sessionsPerTask = 8 } = rollout
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
      collect: collectSessions({ protocol, tasksPerStep, sessionsPerTask }),
      reward: eachSession(rewardReturns(weights)),
      advantages: groupAdvantage({ by: groupBy('task', 'role'), baseline: meanStd() }),
      objective: clippedSurrogate({ clipLow, clipHigh }),
      aggregation: tokenMean(),
      options: { ...limits, ...weights, clipLow, clipHigh },
    },
  )
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

/** A solution step by step, each verified, and repaired where the verifier is not sure of it. */
function solveAndVerify<T extends Task>({
  stepPrompt,
  isDone,
  tool,
  verifyPrompt,
  parseVerification = verificationIn,
  repairPrompt,
  outcome,
  mostSteps,
  mostRepairs,
  leastConfidence,
}: Omit<VerifiedStepsOptions<T>, keyof RolloutOptions<T> | keyof VerifiedReturnOptions> &
  Required<
    Pick<VerifiedStepsOptions<T>, 'mostSteps' | 'mostRepairs' | 'leastConfidence'>
  >): SessionProtocol<T> {
  return async function* (task, context) {
    const steps: VerifiedStep[] = []
    const verdicts: StepVerdict[] = []
    const parts: SessionPart[] = []
    const verified = async function* (round: number, branch: number) {
      const messages = verifyPrompt(task, steps)
      const said = yield* roleTurn({ role: 'verifier', task, context, round, branch, messages })
      parts.push(said)
      return { ...(parseVerification(said.text) ?? { score: 0, confidence: 0 }), said: said.text }
    }
    const taken = (text: string): number => {
      const called = tool?.(task, text)
      steps.push({ text, ...(called && { result: called.result }) })
      return called?.value ?? 0
    }
    let repairs = 0
    do {
      const round = steps.length + 1
      const asked = { task, context, round }
      const step = yield* roleTurn({ ...asked, role: 'solver', messages: stepPrompt(task, steps) })
      parts.push(step)
      let value = taken(step.text)
      const first = yield* verified(round, 0)
      const repaired = first.confidence < leastConfidence && repairs < mostRepairs
      let last = first
      if (repaired) {
        repairs++
        const messages = repairPrompt(task, steps, first.said)
        const again = yield* roleTurn({ ...asked, role: 'repairer', messages })
        parts.push(again)
        steps.pop()
        value = taken(again.text)
        last = yield* verified(round, 1)
      }
      const { score, confidence } = last
      verdicts.push({ score, confidence, tool: value, repaired })
    } while (!isDone(task, steps) && steps.length < mostSteps)
    const reward = outcome?.(task, steps) ?? 0
    const part = { samples: [], transcript: [], outcome: { reward, success: reward === 1 } }
    return sessionResult(task, context, [...parts, part], {
      verdicts: verdicts.map((verdict) => ({ ...verdict })),
      outcome: reward,
    })
  }
}

/** `score` and `confidence` of the last JSON object in a text, held to their ranges. */
function verificationIn(text: string): Verification | undefined {
  const last = [...text.matchAll(/\{[^{}]*\}/g)].at(-1)?.[0]
  if (last === undefined) return undefined
  const number = (name: string): number =>
    Number(new RegExp(`"${name}"\\s*:\\s*(-?[\\d.]+)`).exec(last)?.[1] ?? NaN)
  const [score, confidence] = [number('score'), number('confidence')]
  if (!Number.isFinite(score) || !Number.isFinite(confidence)) return undefined
  return {
    score: Math.min(1, Math.max(-1, score)),
    confidence: Math.min(1, Math.max(0, confidence)),
  }
}
