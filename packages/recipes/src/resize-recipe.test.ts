import { randomStream, type CollectContext, type QuestionTask, type Recipe } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { attempt, critic, demonstration, renderer, tasks } from '../test/tiny-world.ts'
import {
  brpo,
  cispo,
  clipCov,
  critiqueFineTuning,
  critiqueGrpo,
  critiqueGuidedDistillation,
  critiqueRlMixture,
  curriculum,
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
  resizeRecipe,
  rloo,
  rltfSd,
  sapo,
  scoringJudge,
  sft,
  verifiedSteps,
  type StepSize,
} from './index.ts'

type Made = (size: StepSize) => Recipe<QuestionTask>
const wrong = ({ answer }: QuestionTask): string => (answer === 'a0' ? 'a1' : 'a0')
const judgePrompt = ({ question }: QuestionTask) => [{ role: 'user' as const, content: question }]

const sampling: Readonly<Record<string, Made>> = {
  grpo: (size) => grpo({ attempt, ...size }),
  drGrpo: (size) => drGrpo({ attempt, ...size }),
  dapo: (size) => dapo({ attempt, ...size }),
  gspo: (size) => gspo({ attempt, ...size }),
  rloo: (size) => rloo({ attempt, ...size }),
  reinforcePlusPlus: (size) => reinforcePlusPlus({ attempt, ...size }),
  cispo: (size) => cispo({ attempt, ...size }),
  sapo: (size) => sapo({ attempt, ...size }),
  dppo: (size) => dppo({ attempt, ...size }),
  gmpo: (size) => gmpo({ attempt, ...size }),
  clipCov: (size) => clipCov({ attempt, ...size }),
  klCov: (size) => klCov({ attempt, ...size }),
  gdpo: (size) => gdpo({ attempt, ...size }),
  gigpo: (size) => gigpo({ attempt, ...size }),
  icrl: (size) => icrl({ attempt, ...critic, ...size }),
  'icrl, shuffled': (size) => icrl({ attempt, ...critic, critic: 'shuffled', ...size }),
  critiqueGrpo: (size) => critiqueGrpo({ attempt, ...critic, ...size }),
  rltfSd: (size) => rltfSd({ attempt, ...critic, ...size }),
  erl: (size) => erl({ attempt, ...critic, ...size }),
  echo: (size) => echo({ attempt, ...critic, ...size }),
  intuitor: (size) => intuitor({ attempt, ...size }),
  luffy: (size) => luffy({ attempt, demonstrate: (task) => [demonstration(task)], ...size }),
  brpo: (size) => brpo({ attempt, judgePrompt, ...size }),
  preferenceJudge: (size) =>
    preferenceJudge({
      attempt,
      pairOf: (task) => ({ better: task.answer, worse: wrong(task) }),
      judgePrompt,
      ...size,
    }),
  scoringJudge: (size) =>
    scoringJudge({
      responsesOf: (task) => [wrong(task), task.answer],
      labelOf: () => 1,
      judgePrompt,
      parseScores: () => [1, 2],
      ...size,
    }),
  critiqueRlMixture: (size) =>
    critiqueRlMixture({ attempt, judge: attempt, isJudged: () => false, judgedShare: 0, ...size }),
  verifiedSteps: (size) =>
    verifiedSteps({
      attempt,
      stepPrompt: judgePrompt,
      isDone: () => true,
      verifyPrompt: judgePrompt,
      repairPrompt: judgePrompt,
      outcome: () => 1,
      ...size,
    }),
  curriculum: (size) =>
    curriculum([
      { steps: 1, recipe: erl({ attempt, ...critic, ...size }) },
      { steps: 1, recipe: grpo({ attempt, ...size }) },
    ]),
}

const offline: Readonly<Record<string, Made>> = {
  sft: (size) => sft({ demonstrate: (task) => [demonstration(task)], ...size }),
  critiqueFineTuning: (size) =>
    critiqueFineTuning({
      renderer,
      examples: (task) => [{ answer: wrong(task), critique: 'advice', refined: task.answer }],
      criticPrompt: judgePrompt,
      ...size,
    }),
  critiqueGuidedDistillation: (size) =>
    critiqueGuidedDistillation({
      renderer,
      examples: (task) => [{ answer: wrong(task), critique: 'advice', refined: task.answer }],
      prompt: judgePrompt,
      ...size,
    }),
  dpo: (size) =>
    dpo({
      pairs: (task) => {
        const { prompt, response } = demonstration(task)
        return [{ prompt, preferred: response, other: renderer.answer!(wrong(task)) }]
      },
      ...size,
    }),
}

/** The counts of tasks that the first step takes, and of sessions that it runs of each. */
async function sizeOf({ collect }: Recipe<QuestionTask>): Promise<{ takes: number; runs: number }> {
  const counts = { takes: 0, runs: 0 }
  const context: Partial<CollectContext<QuestionTask>> = {
    step: 0,
    take: (count) => {
      counts.takes = count
      return tasks.slice(0, 1)
    },
    run: async (_, taken, sessions = 1) => {
      if (taken.length > 0) counts.runs = sessions
      return []
    },
    score: async () => [],
    random: (name) => randomStream(0, name),
    memory: { get: () => undefined, set: () => {} },
  }
  await collect(context as CollectContext<QuestionTask>)
  return counts
}

describe.each(Object.entries(sampling))('%s, resized', (_, made) => {
  const size = { tasksPerStep: 3, sessionsPerTask: 5 }
  const resized = resizeRecipe(made({ tasksPerStep: 2, sessionsPerTask: 4 }), size)

  it('is the recipe that is made so', () => {
    expect(resized.name).toBe(made(size).name)
    expect(resized.options).toEqual(made(size).options)
  })

  it('samples so', async () => {
    expect(await sizeOf(made(size))).toEqual({ takes: 3, runs: 5 })
    expect(await sizeOf(resized)).toEqual({ takes: 3, runs: 5 })
  })

  it('can be resized once more, by one of the two', () =>
    expect(resizeRecipe(resized, { tasksPerStep: 7 }).options).toEqual(
      made({ ...size, tasksPerStep: 7 }).options,
    ))
})

describe.each(Object.entries(offline))('%s, resized', (name, made) => {
  it('is the recipe that is made so', async () => {
    const resized = resizeRecipe(made({ tasksPerStep: 2 }), { tasksPerStep: 3 })
    expect(resized.options).toEqual(made({ tasksPerStep: 3 }).options)
    expect(resized.name).toBe(made({}).name)
    expect((await sizeOf(resized)).takes).toBe(3)
  })

  it('has no sessions, and says so', () =>
    expect(() => resizeRecipe(made({}), { sessionsPerTask: 3 })).toThrowError(
      expect.objectContaining({
        code: 'invalid-option',
        message: expect.stringMatching(/has no sessionsPerTask: it samples no sessions/),
      }),
    ))
})

it('refuses a recipe whose parts were changed, and says why', () => {
  const changed = { ...grpo({ attempt }), epochs: 2 }
  expect(() => resizeRecipe(changed, { tasksPerStep: 3 })).toThrowError(
    expect.objectContaining({
      code: 'unsupported',
      message: expect.stringMatching(
        /"grpo": tasksPerStep cannot be changed from outside.*parts were changed.*Give tasksPerStep where/s,
      ),
    }),
  )
})
