import {
  criticReward,
  eachSession,
  groupAdvantage,
  groupBy,
  meanStd,
  roleWiseAdvantage,
} from '@icrl/advantage'
import { calibrationWeights, capWeights } from '@icrl/calibration'
import type { Recipe } from '@icrl/core'
import { critiqueFigures } from '@icrl/recipes'
import { clippedSurrogate, tokenMean } from '@icrl/objective'
import { plainRetry, solveOnce } from '@icrl/rollout'
import { attempt, guided, type DialTask } from './dial-task.ts'

export interface DialRecipeOptions {
  readonly queries?: number
  readonly sessions?: number
  readonly minibatches?: number
}

/** ICRL of parts, two rounds. */
export function dialIcrl({
  queries = 4,
  sessions = 8,
  minibatches = 1,
}: DialRecipeOptions = {}): Recipe<DialTask> {
  return {
    name: 'icrl',
    options: { queries, sessions, minibatches },
    collect: (context) => context.run(guided, context.take(queries), sessions),
    reward: eachSession(criticReward()),
    advantages: roleWiseAdvantage(),
    weights: calibrationWeights(),
    capWeights: capWeights({ cap: 2 }),
    aggregation: tokenMean(),
    objective: clippedSurrogate({ clipHigh: 0.28 }),
    minibatches,
    ...critiqueFigures(),
    evaluations: {
      critique_free: solveOnce(attempt),
      with_critique: guided,
      plain_retry: plainRetry(attempt, 2),
    },
  }
}

/** GRPO of parts. */
export function dialGrpo({
  queries = 4,
  sessions = 8,
  minibatches = 1,
}: DialRecipeOptions = {}): Recipe<DialTask> {
  return {
    ...dialIcrl({ queries, sessions, minibatches }),
    name: 'grpo',
    collect: (context) => context.run(solveOnce(attempt), context.take(queries), sessions),
    reward: undefined,
    advantages: groupAdvantage({ by: groupBy('task'), baseline: meanStd() }),
    weights: undefined,
    evaluations: { critique_free: solveOnce(attempt) },
  }
}
