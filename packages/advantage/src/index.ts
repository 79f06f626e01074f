export type { Baseline } from './baselines/baseline.ts'
export { leaveOneOut } from './baselines/leave-one-out.ts'
export { mean } from './baselines/mean.ts'
export { meanStd, type MeanStdOptions } from './baselines/mean-std.ts'
export { noBaseline } from './baselines/no-baseline.ts'
export { pseudoSample } from './baselines/pseudo-sample.ts'
export { batchWhitening, type BatchWhiteningOptions } from './batch-whitening.ts'
export { componentAdvantage, type ComponentAdvantageOptions } from './component-advantage.ts'
export { countGroups, type GroupCount } from './count-groups.ts'
export { dropZeroVarianceGroups } from './filters/drop-zero-variance-groups.ts'
export { dropTruncated } from './filters/drop-truncated.ts'
export { dropSkewed } from './filters/drop-skewed.ts'
export {
  replaceByBest,
  type Replaceable,
  type ReplaceByBestOptions,
} from './filters/replace-by-best.ts'
export { keepGroups } from './filters/keep-groups.ts'
export {
  keepPromisingGroups,
  type KeepPromisingGroupsOptions,
} from './filters/keep-promising-groups.ts'
export { keepSamples } from './filters/drop-truncated.ts'
export { type Rewarded } from './finite-reward.ts'
export {
  groupAdvantage,
  type GroupAdvantageOptions,
  type ResponseAdvantage,
} from './group-advantage.ts'
export { groupBy, type Grouping, type Keyed } from './group-by.ts'
export { hasZeroVariance } from './has-zero-variance.ts'
export { type KlScored } from './token-kl.ts'
export { klInReward, type KlInRewardOptions } from './kl-in-reward.ts'
export { referenceMean, type ReferenceMeanOptions } from './reference-mean.ts'
export { composeRewards } from './rewards/compose-rewards.ts'
export { criticGain } from './rewards/critic-gain.ts'
export { criticReward, type CriticRewardOptions } from './rewards/critic-reward.ts'
export { criticUtility } from './rewards/critic-utility.ts'
export { eachSession } from './rewards/each-session.ts'
export { improvementBonus } from './rewards/improvement-bonus.ts'
export { overlongPenalty, type OverlongOptions } from './rewards/overlong-penalty.ts'
export { penalizeOverlong } from './rewards/penalize-overlong.ts'
export { rewardRole } from './rewards/reward-role.ts'
export { weightComponents } from './rewards/weight-components.ts'
export { roleWiseAdvantage } from './role-wise-advantage.ts'
export { stepAdvantage, type StepAdvantageOptions, type Trajectory } from './step-advantage.ts'
export { tokenReturns, type TokenReturnsOptions } from './token-returns.ts'
