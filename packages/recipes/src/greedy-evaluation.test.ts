import type { QuestionTask, Recipe } from '@icrl/core'
import { expect, it } from 'vitest'
import { attempt, critic, demonstration, trained } from '../test/tiny-world.ts'
import { dapo } from './dapo.ts'
import { drGrpo } from './dr-grpo.ts'
import { grpo } from './grpo.ts'
import { gspo } from './gspo.ts'
import { icrl } from './icrl.ts'
import { reinforcePlusPlus } from './reinforce-plus-plus.ts'
import { rloo } from './rloo.ts'
import { sft } from './sft.ts'

const small = { attempt, tasksPerStep: 3, sessionsPerTask: 4 }
const guided = { ...small, ...critic }
const recipes: Readonly<Record<string, Recipe<QuestionTask>>> = {
  icrl: icrl(guided),
  'icrl, released': icrl({ ...guided, preset: 'released' }),
  'icrl, frozen critic': icrl({ ...guided, critic: 'frozen' }),
  'icrl, shuffled critiques': icrl({ ...guided, critic: 'shuffled' }),
  'icrl, no critic': icrl({ ...guided, critic: 'none' }),
  'icrl, ungated': icrl({ ...guided, gate: 'none', evaluations: ['ungated_critique'] }),
  grpo: grpo(small),
  'dr-grpo': drGrpo(small),
  dapo: dapo(small),
  gspo: gspo(small),
  rloo: rloo(small),
  'reinforce++': reinforcePlusPlus(small),
  'reinforce++ with a KL reward': reinforcePlusPlus({ ...small, klRewardCoefficient: 0.1 }),
  sft: sft({ demonstrate: (task) => [demonstration(task)], attempt }),
}

it.each(Object.entries(recipes))('%s is evaluated greedily', async (_, recipe) => {
  const greedy = { temperature: 0 }
  const tasks = [0, 1, 2].map((k) => ({ id: `held-out-${k}`, question: `q${k}`, answer: `a${k}` }))
  const { summary } = await trained(recipe, {
    evaluation: { tasks, repeats: 3, every: 1, sampling: { solver: greedy, critic: greedy } },
    stop: { steps: 2 },
  })
  expect(summary.evaluations).toHaveLength(3)
  for (const { metrics } of summary.evaluations) {
    expect(metrics).not.toHaveProperty('eval/failed')
    // Three greedy answers to a task are the same answer, so pass@2 is the accuracy.
    const accuracy = metrics[`eval/${summary.headline}`]
    expect(accuracy).toBeGreaterThanOrEqual(0)
    expect(metrics['eval/pass_at_2']).toBeCloseTo(accuracy, 12)
    const weights = metrics['calibration/probe_weight_mean']
    if (Object.keys(recipe.evaluations!).some((name) => /with_|ungated/.test(name)))
      expect(weights).toBeGreaterThan(0)
    else expect(weights ?? 1).toBeGreaterThan(0)
  }
})
