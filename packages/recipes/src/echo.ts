import { eachSession, groupAdvantage, groupBy, keepSamples, meanStd } from '@icrl/advantage'
import type { Attempt, Recipe, RewardRule, SessionPart, SessionProtocol, Task } from '@icrl/core'
import { criticPrompt as defaultCriticPrompt, parseCritique as defaultParse } from '@icrl/critic'
import { clippedSurrogate, sequenceMeanTokenMean } from '@icrl/objective'
import { attemptRound, type CriticOptions, critiqueRound, sessionResult } from '@icrl/rollout'
import { collectSessions } from './collect/collect-sessions.ts'
import { keepContext } from './collect/keep-context.ts'
import { answerAndCritique } from './options/answer-and-critique.ts'
import { checkCounts } from './options/check-options.ts'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link echo}. */
export interface EchoOptions<T extends Task = Task>
  extends RolloutOptions<T>, Partial<CriticOptions<T>> {
  /** N, diagnoses of the first attempt, each with a refinement. @defaultValue 8 */
  readonly branches?: number
  /** What a refinement is shown. @defaultValue the attempt and the diagnosis of it */
  readonly guidance?: (critique: string, attempt: Attempt) => string
  /** The least that is left to improve, as {@link saturationGain} has it. @defaultValue 0.1 */
  readonly leastRemaining?: number
  /** ε_low: ratios below 1 − ε_low stop contributing. @defaultValue 0.2 */
  readonly clipLow?: number
  /** ε_high: ratios above 1 + ε_high stop contributing. @defaultValue 0.2 */
  readonly clipHigh?: number
  /** Sessions of each task, of `branches` refinements each. @defaultValue 1 */
  readonly sessionsPerTask?: number
}

/**
 * ECHO, a critic that evolves with its policy (arXiv 2601.06794): 1 first attempt of score s₀, N
 * diagnoses of it, and a refinement under each `[abs]`:
 *
 *     critic group     N diagnoses of one attempt    r = saturation-aware gain of s_r over s₀
 *     policy group     N refinements                 r = s_r
 *
 * GRPO in both. All diagnoses of a group see the same attempt, and the prompts of its refinements
 * differ in the diagnosis alone; ICRL's sessions each have a first attempt of their own.
 * Refinements are learned under a prompt with the diagnosis, which ICRL takes away. The paper
 * trains two models: bind the role `critic` to a policy of its own. The abstract does not give the
 * gain's formula; ours is {@link saturationGain} `[ours]`. Also ours are N, the clip, and that
 * neither first attempts nor tasks whose first attempt succeeds are trained.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { echo } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = echo({ attempt })
 */
export function echo<T extends Task>({
  criticPrompt = defaultCriticPrompt<T>(),
  parseCritique = defaultParse,
  criticContextTokens,
  branches = 8,
  guidance = answerAndCritique,
  leastRemaining = 0.1,
  clipLow = 0.2,
  clipHigh = 0.2,
  sessionsPerTask = 1,
  ...rollout
}: EchoOptions<T>): Recipe<T> {
  const { attempt } = rollout
  checkCounts('echo', { branches })
  const critic = { criticPrompt, parseCritique, criticContextTokens }
  const protocol = diagnoseAndRefine({ attempt, ...critic, branches, guidance })
  return solverRecipe(
    'echo',
    { ...rollout, sessionsPerTask },
    {
      collectOf: (size) => keepContext(collectSessions({ protocol, ...size })),
      roles: { critic: { trained: true } },
      reward: eachSession(rewardDiagnoses(leastRemaining)),
      filters: [keepSamples(({ keys }) => keys.role === 'critic' || keys.round > 1)],
      advantages: groupAdvantage({ by: groupBy('task', 'session', 'role'), baseline: meanStd() }),
      objective: clippedSurrogate({ clipLow, clipHigh }),
      aggregation: sequenceMeanTokenMean(),
      session: { attempt, rounds: 2, ...critic },
      options: { branches, leastRemaining, clipLow, clipHigh },
    },
  )
}

/**
 * What was gained, as a share of what was left to gain: (after − before) / max(1 − before, least). The
 * same step counts for more where there is little left.
 *
 * @example
 * import { saturationGain } from '@icrl/recipes'
 * saturationGain(0, 0.1) // 0.1
 * saturationGain(0.8, 0.9) // 0.5
 */
export function saturationGain(before: number, after: number, least = 0.1): number {
  return (after - before) / Math.max(1 - before, least)
}

/** The refinement of round i + 1 is of the diagnosis of round i. */
function rewardDiagnoses(least: number): RewardRule {
  return ({ samples, outcomes: [first, ...refined] }) =>
    samples.map((sample) => {
      const { role, round } = sample.keys
      if (role !== 'critic') return sample
      const after = refined[round - 1]?.reward ?? first.reward
      const gain = saturationGain(first.reward, after, least)
      return { ...sample, reward: gain, rewards: { ...sample.rewards, gain } }
    })
}

/** One attempt; unless it succeeds, its diagnoses, and an attempt under each. */
function diagnoseAndRefine<T extends Task>({
  attempt,
  branches,
  guidance,
  ...critic
}: CriticOptions<T> &
  Required<Pick<EchoOptions<T>, 'attempt' | 'branches' | 'guidance'>>): SessionProtocol<T> {
  return async function* (task, context) {
    const first = yield* attemptRound({ attempt, task, context, round: 1 })
    const parts: SessionPart[] = [first]
    if (first.outcome.success) return sessionResult(task, context, parts)
    const parents = first.samples.map(({ id }) => id)
    for (let round = 1; round <= branches; round++) {
      const about = { ...critic, task, context, round, attempt: first.attempt, parents }
      const diagnosis = yield* critiqueRound(about)
      const { critique, samples } = diagnosis
      const refined = yield* attemptRound({
        attempt,
        task,
        context,
        round: round + 1,
        guidance: critique.trim() === '' ? critique : guidance(critique, first.attempt),
        parents: samples.map(({ id }) => id),
      })
      parts.push(diagnosis, refined)
    }
    return sessionResult(task, context, parts)
  }
}
