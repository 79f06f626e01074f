export { critiqueInTheLoop, type CritiqueInTheLoopOptions } from './critique-in-the-loop.ts'
export { critiqueRl, helpfulness, type CritiqueRlOptions } from './critique-rl.ts'
export {
  score,
  scoreStageI,
  scoreStageII,
  type ScoreOptions,
  type ScoreStageOptions,
} from './score.ts'
export { selfImprove, type SelfImproveOptions } from './self-improve.ts'
export { transitions, type Transitions } from './transitions.ts'
export { twoTurns, type TwoTurnsOptions } from './two-turns.ts'
