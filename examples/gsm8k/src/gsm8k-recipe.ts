import type { Recipe, Verifier } from '@icrl/core'
import { criticPrompt, solverPrompt } from '@icrl/critic'
import { icrl } from '@icrl/recipes'
import { singleTurn } from '@icrl/rollout'
import { verifyMath } from '@icrl/verify'
import type { Problem } from './read-problems.ts'

export interface Gsm8kRecipeOptions {
  readonly questionsPerStep: number
  readonly sessionsPerQuestion: number
}

/** Reward 1 if the number in the last `\boxed{}`, or without one the last number, is the answer. */
export const gsm8kVerifier: Verifier<Problem> = ({ text, task }) => {
  const { correct, extracted } = verifyMath(text, task.answer)
  return { reward: correct ? 1 : 0, valid: extracted.prediction !== undefined }
}

/**
 * ICRL as its released code has it (preset `released`): a pseudo-sample of reward 1 joins each
 * group's statistics, so that a group whose attempts all failed still has a gradient; guided groups
 * with little success are dropped.
 */
export function gsm8kRecipe({
  questionsPerStep,
  sessionsPerQuestion,
}: Gsm8kRecipeOptions): Recipe<Problem> {
  return icrl({
    preset: 'released',
    attempt: singleTurn<Problem>({ prompt: solverPrompt<Problem>(), verifier: gsm8kVerifier }),
    criticPrompt: criticPrompt<Problem>(),
    tasksPerStep: questionsPerStep,
    sessionsPerTask: sessionsPerQuestion,
  })
}
