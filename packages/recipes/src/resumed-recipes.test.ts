import {
  randomStream,
  type Message,
  textOf,
  type QuestionTask,
  type Recipe,
  type TextGenerator,
} from '@icrl/core'
import { expect, it } from 'vitest'
import { leftBy } from '../test/left-by.ts'
import {
  attempt,
  critic,
  demonstration,
  novice,
  opinions,
  renderer,
  tasks,
} from '../test/tiny-world.ts'
import {
  brpo,
  cispo,
  clipCov,
  critiqueFineTuning,
  critiqueGrpo,
  critiqueGuidedDistillation,
  critiqueRlMixture,
  dapo,
  dpo,
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
  preferenceJudge,
  reinforcePlusPlus,
  rloo,
  rltfSd,
  sapo,
  scoringJudge,
  sft,
  verifiedSteps,
  type CritiquedAnswer,
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
  // An answer of one word is as certain as its question: the bonus is all that moves the weights.
  intuitor({ ...group, entropyCoefficient: 0.01 }),
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

const ask = (...words: readonly string[]): Message[] => [{ role: 'user', content: words.join(' ') }]
/** The answer to the next question, which is wrong. */
const wrong = ({ answer }: QuestionTask): string => `a${(Number(answer[1]) + 1) % tasks.length}`
const judgePrompt = ({ question }: QuestionTask): Message[] => ask(question.replace('q', 'c'))
const judged = tasks.map((task) => ({ ...task, id: `judge-${task.id}` }))

const judges: readonly Recipe<QuestionTask>[] = [
  preferenceJudge({
    ...group,
    pairOf: (task) => ({ better: task.answer, worse: wrong(task) }),
    judgePrompt,
    parsePreference: (text) => (text === 'a0' ? 'first' : text === 'a1' ? 'second' : undefined),
  }),
  scoringJudge({
    tasksPerStep: 2,
    responsesOf: (task) => [wrong(task), task.answer],
    labelOf: () => 1,
    judgePrompt,
    parseScores: (text) => (text === 'a0' ? [2, 1] : text === 'a1' ? [1, 2] : undefined),
  }),
  critiqueRlMixture({
    ...group,
    judge: attempt,
    isJudged: ({ id }) => id.startsWith('judge-'),
    judgedShare: 0.4,
  }),
  verifiedSteps({
    ...group,
    stepPrompt: ({ question }) => ask(question),
    isDone: (_, steps) => steps.length === 2,
    tool: ({ answer }, step) => ({ result: answer, value: step === answer ? 1 : -1 }),
    verifyPrompt: judgePrompt,
    parseVerification: (text) => ({ score: text === 'a0' ? 1 : -1, confidence: 0.5 }),
    repairPrompt: ({ question, answer }) => ask(question, 'advice', answer),
    outcome: ({ answer }, steps) => Number(steps[1].text === answer),
    mostRepairs: 1,
  }),
]

const examples = (task: QuestionTask): CritiquedAnswer[] => [
  { answer: wrong(task), critique: 'advice', refined: task.answer },
]
const offline: readonly Recipe<QuestionTask>[] = [
  sft({ demonstrate: (task) => [demonstration(task)], tasksPerStep: 3, minibatches: 2, epochs: 2 }),
  critiqueFineTuning({
    renderer,
    examples,
    criticPrompt: ({ question }, answer) => ask(question, answer),
    tasksPerStep: 3,
  }),
  ...(['critique', 'question'] as const).map((under) =>
    critiqueGuidedDistillation({
      renderer,
      examples,
      prompt: ({ question }, example) => ask(question, ...(example ? ['advice'] : [])),
      under,
      tasksPerStep: 3,
    }),
  ),
  dpo({
    pairs: (task) => {
      const { prompt, response } = demonstration(task)
      return [{ prompt, preferred: response, other: renderer.answer!(wrong(task)) }]
    },
    tasksPerStep: 3,
  }),
]

const script = { ...role, policy: undefined, by: prefers }
const bound = { solver: role, critic: role, verifier: role, repairer: role }
const cases = [
  ...recipes.map((recipe) => ({ recipe, roles: { ...bound, judge: script }, tasks })),
  ...judges.map((recipe) => ({
    recipe,
    roles: { ...bound, judge: role },
    tasks: [...tasks, ...judged],
  })),
  ...offline.map((recipe) => ({ recipe, roles: bound, tasks })),
].map((one, i) => [`${one.recipe.name} (${i})`, one] as const)

it.each(cases)(
  '%s: dies in the second and the fourth step, is resumed, and has the bytes of one that did not',
  async (_, { recipe, ...world }) => {
    const whole = await leftBy(recipe, [], world)
    expect(await leftBy(recipe, [1, 3], world)).toEqual(whole)
    expect(whole.opinions).not.toEqual(await opinions(novice({ skill: 2 })))
  },
)
