import type { QuestionTask, Verifier } from '@icrl/core'

/**
 * What an answer is worth, from 0 to 1. Exactly 1 is success: it ends a session of `icrl`, and
 * anything less is criticized and tried again. A function of its input alone: no clock, no memory.
 */
export const reward: Verifier<QuestionTask> = ({ text, task }) => ({
  reward: text.trim() === task.answer ? 1 : 0,
  // Whether it is an answer at all; shown in the report.
  valid: text.trim() !== '',
})
