import type { Recipe } from '@icrl/core'
import type { QuizTask } from '@icrl/core/testing'
import { critiqueGuidedDistillation } from '@icrl/recipes'
import type { MethodExperiment } from '../method-experiment.ts'
import { speaks } from './quiz-model.ts'
import {
  shown,
  taught,
  taughtArm,
  taughtModel,
  taughtWorld,
  untaughtArm,
} from './taught-answers.ts'

const cgd = (under?: 'question'): Recipe<QuizTask> =>
  critiqueGuidedDistillation({
    ...taught,
    under,
    prompt: (task, example) =>
      taughtWorld.prompt(task, example && `${shown(task, example.answer)} ${example.critique}`),
  })

/** CGD: refined answers with their critique in sight. */
export const critiqueGuidedDistillationRow: MethodExperiment = {
  name: 'critique-guided-distillation',
  question:
    'The model learns refined answers with the first answer’s critique in sight, and is asked without it. Is it better to leave the critique out in training, too? Nothing is sampled in training.',
  model: taughtModel,
  roles: { solver: speaks(taughtWorld) },
  arms: {
    'critique in sight': taughtArm(cgd()),
    'under the question alone': taughtArm(cgd('question')),
    start: untaughtArm,
  },
  figures: [
    { name: 'eval/single', label: 'answers right' },
    { name: 'form', label: 'answers in form' },
  ],
  finding: 'Both learn everything, so the toy does not tell them apart.',
}
