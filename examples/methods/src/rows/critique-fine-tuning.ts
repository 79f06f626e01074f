import { critiqueFineTuning } from '@icrl/recipes'
import type { MethodExperiment } from '../method-experiment.ts'
import { speaks } from './quiz-model.ts'
import {
  answersArm,
  criticPrompt,
  taught,
  taughtArm,
  taughtModel,
  taughtWorld,
  untaughtArm,
} from './taught-answers.ts'

/** CFT: a model learns to criticize, and then answers. */
export const critiqueFineTuningRow: MethodExperiment = {
  name: 'critique-fine-tuning',
  question:
    'A teacher wrote critiques of right and wrong answers. Does learning to criticize teach answering, and does the form of answers survive it? Nothing is sampled in training.',
  model: taughtModel,
  roles: { solver: speaks(taughtWorld) },
  arms: {
    'critique fine-tuning': taughtArm(critiqueFineTuning({ ...taught, criticPrompt })),
    'fine-tuning on answers': answersArm,
    start: untaughtArm,
  },
  figures: [
    { name: 'eval/single', label: 'answers right' },
    { name: 'form', label: 'answers in form' },
  ],
  finding:
    'Learning to criticize does not teach answering here: accuracy falls by .068 [.026, .129], and one answer in ten is no answer any more, but a verdict. Fine-tuning on the answers learns all of them.',
}
