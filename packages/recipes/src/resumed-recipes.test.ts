import {
  randomStream,
  textOf,
  type QuestionTask,
  type Recipe,
  type TextGenerator,
} from '@icrl/core'
import { expect, it } from 'vitest'
import { leftBy } from '../test/left-by.ts'
import { attempt, critic, demonstration, renderer } from '../test/tiny-world.ts'
import {
  brpo,
  cispo,
  clipCov,
  critiqueGrpo,
  dapo,
  dppo,
  drGrpo,
  echo,
  erl,
  gdpo,
  gigpo,
  gmpo,
  grpo,
  gspo,
  icrl,
  intuitor,
  klCov,
  luffy,
  reinforcePlusPlus,
  rloo,
  rltfSd,
  sapo,
} from './index.ts'

const group = { attempt, tasksPerStep: 2, sessionsPerTask: 4 }
const critiqued = { ...group, ...critic }
const short = { responseTokens: 2 }

/** Prefers the right one four times in five, by the draws of the turn. */
const prefers: TextGenerator = {
  complete: async ([shown], { seed = 0 } = {}) => {
    const [question, first] = textOf(shown).split(' ')
    const isHonest = randomStream(seed).uniform(0) < 0.8
    const text = (first === question.replace('q', 'a')) === isHonest ? 'first' : 'second'
    return { text, finish: 'stop' }
  },
}
const role = { renderer, sampling: { maxTokens: 3, temperature: 1 }, policy: 'shared' }

const recipes: readonly Recipe<QuestionTask>[] = [
  grpo(group),
  grpo({ ...group, dualClip: 3, topEntropyShare: 0.6, klCoefficient: 0.04 }),
  drGrpo({ ...group, ...short }),
  dapo(group),
  gspo(group),
  rloo(group),
  reinforcePlusPlus({ ...group, klRewardCoefficient: 0.01 }),
  cispo(group),
  sapo(group),
  dppo(group),
  gmpo(group),
  clipCov(group),
  klCov(group),
  gdpo(group),
  gigpo(group),
  icrl(critiqued),
  icrl({ ...critiqued, preset: 'released' }),
  icrl({ ...critiqued, maxWeight: Infinity }),
  icrl({ ...critiqued, replay: { steps: 2, most: 8 }, mirror: 1 }),
  icrl({ ...critiqued, critic: 'shuffled', advantages: 'pooled' }),
  critiqueGrpo({ ...critiqued, ...short, guidance: (critique) => critique }),
  intuitor(group),
  luffy({ ...group, ...short, demonstrate: (task) => [demonstration(task)] }),
  rltfSd(critiqued),
  erl(critiqued),
  echo({ ...critiqued, sessionsPerTask: 1, branches: 4, guidance: (critique) => critique }),
  brpo({
    ...group,
    judgePrompt: ({ question }, first, second) => [
      { role: 'user', content: `${question} ${first} ${second}` },
    ],
  }),
]

it.each(recipes.map((recipe, i) => [`${recipe.name} (${i})`, recipe] as const))(
  '%s: dies in the second and the fourth step, is resumed, and has the bytes of one that did not',
  async (_, recipe) => {
    const judge = { renderer, sampling: role.sampling, by: prefers }
    const roles = { solver: role, critic: role, judge }
    const whole = await leftBy(recipe, [], { roles })
    expect(await leftBy(recipe, [1, 3], { roles })).toEqual(whole)
  },
)
