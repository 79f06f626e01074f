import { rankings, type RankingTask } from '@icrl/core/testing'
import { spct, type SpctOptions } from '@icrl/methods'
import type { Arm, MethodExperiment } from '../method-experiment.ts'
import { speaks } from './quiz-model.ts'
import { rankingsModel } from './rankings-model.ts'

const world = rankings({ seed: 1 })
const options: Omit<SpctOptions<RankingTask>, 'optimizer' | 'steps'> = {
  tasks: world.tasks('train', 96),
  heldOut: world.tasks('test', 64),
  responsesOf: ({ responses }) => responses,
  labelOf: ({ best }) => best,
  judgePrompt: world.judgePrompt,
  metaPrompt: world.metaPrompt,
  renderer: world.renderer,
  tasksPerStep: 8,
  votes: 8,
}
const arm =
  (steps: SpctOptions<RankingTask>['steps']): Arm =>
  async ({ lab, learningRate }) =>
    (await spct({ ...options, steps, optimizer: { learningRate, clipNorm: 1 } })(lab))!

/** SPCT: a judge that names a principle, then scores; votes, guided by a meta-judge. */
export const spctRow: MethodExperiment = {
  name: 'spct',
  question:
    'A judge names the quality that counts and then scores two responses; which quality counts depends on the kind of task, and it starts with a liking for what is shown first. Is RL better than fine-tuning on its own right judgments, a vote better than one judgment, and a vote guided by the meta-judge better still?',
  model: rankingsModel(world),
  roles: { judge: speaks(world) },
  arms: { spct: arm([30, 60, 30]), 'fine-tuning alone': arm([90, 0, 30]) },
  figures: [
    { name: 'eval/judged', label: 'one judgment' },
    { name: 'vote', label: 'vote of 8' },
    { name: 'guided_vote', label: 'guided vote' },
  ],
  finding:
    'RL leads fine-tuning by .091 [−.037, .219], and two of five fine-tuned judges are better: not settled. A vote of eight adds .02 to .03. The meta-judge helps after fine-tuning, in the mean, and takes something away after RL.',
}
