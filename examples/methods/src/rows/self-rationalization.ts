import { rankings, type RankingTask } from '@icrl/core/testing'
import {
  distanceFromMajority,
  selfRationalization,
  type SelfRationalizationOptions,
} from '@icrl/methods'
import type { Arm, MethodExperiment } from '../method-experiment.ts'
import { speaks } from './quiz-model.ts'
import { rankingsModel } from './rankings-model.ts'

const world = rankings({ seed: 2, placeBias: 0 })
const options: Omit<SelfRationalizationOptions<RankingTask>, 'optimizer'> = {
  tasks: world.tasks('train', 64),
  responsesOf: ({ responses }) => responses,
  labelOf: ({ best }) => best,
  judgePrompt: world.judgePrompt,
  steps: 20,
  beta: 1,
  tasksPerStep: 8,
  heldOut: world.tasks('test', 128),
}
const arm =
  (more: Partial<SelfRationalizationOptions<RankingTask>>): Arm =>
  async ({ lab, learningRate }) =>
    (await selfRationalization({
      ...options,
      ...more,
      optimizer: { learningRate, clipNorm: 1 },
    })(lab))!

/** Self-Rationalization: DPO on a judge's own rationales and scores. */
export const selfRationalizationRow: MethodExperiment = {
  name: 'self-rationalization',
  question:
    'A judge names a quality and scores two responses. Do preferences between its own judgments teach it the right reason, and do a second round and labels matter?',
  model: rankingsModel(world),
  roles: { judge: speaks(world) },
  arms: {
    'self-rationalization': arm({}),
    'one round': arm({ rounds: 1, steps: 40 }),
    'by the majority, no labels': arm({ distanceOf: distanceFromMajority }),
  },
  figures: [{ name: 'eval/judged', label: 'judgments right' }],
  finding:
    'Two rounds reach .82 and one round .86, at half the tokens and with a larger rate: the second round adds nothing that can be seen. Without labels, by the majority of the judge’s own scores, it is nearly as good (.79).',
}
