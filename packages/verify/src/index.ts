export { answerVerifier, type AnswerCheck, type AnswerVerifierOptions } from './answer-verifier.ts'
export type { Conventions } from './conventions.ts'
export { extractMathAnswer } from './extract/extract-math-answer.ts'
export { exactMatch } from './qa/exact-match.ts'
export { extractShortAnswer } from './qa/extract-short-answer.ts'
export { f1, overlapWords, type WordOverlap } from './qa/f1.ts'
export type { Golds } from './qa/golds.ts'
export { normalizeAnswer } from './qa/normalize-answer.ts'
export { subSpanMatch } from './qa/sub-span-match.ts'
export {
  verifyMath,
  type MathReason,
  type MathVerdict,
  type VerifyMathOptions,
} from './verify-math.ts'
