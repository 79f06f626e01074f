import { dropZeroVarianceGroups, groupBy } from '@icrl/advantage'
import {
  textOf,
  type QuestionTask,
  type Recipe,
  type Sample,
  type SessionResult,
  type TextGenerator,
} from '@icrl/core'
import { quiz, tablePolicy, type QuizTask } from '@icrl/core/testing'
import { singleTurn } from '@icrl/rollout'
import { train } from '@icrl/trainer'
import { describe, expect, it } from 'vitest'
import {
  attempt,
  critic,
  novice,
  opinions,
  renderer,
  skillOf,
  tasks,
  trained,
} from '../test/tiny-world.ts'
import { brpo, critiqueGrpo, critiqueRlMixture, grpo, intuitor, preferenceJudge } from './index.ts'

const group = { attempt, tasksPerStep: 4, sessionsPerTask: 8 }
const role = { renderer, sampling: { maxTokens: 3, temperature: 1 }, policy: 'shared' }
const learned = { optimizer: { learningRate: 0.2, clipNorm: 1 } }

/** Says what it is told to of the words it is shown, "q0 a1 a0", honestly four times in five. */
function judgeOf(said: (honest: boolean, seen: readonly string[]) => string): TextGenerator {
  let asked = 0
  return {
    complete: async ([shown]) => ({
      text: said(asked++ % 5 !== 0, textOf(shown).split(' ')),
      finish: 'stop',
    }),
  }
}
const prefers = judgeOf((honest, [question, first]) =>
  (first === question.replace('q', 'a')) === honest ? 'first' : 'second',
)
const judgePrompt = ({ question }: QuestionTask, first: string, second: string) =>
  [{ role: 'user' as const, content: `${question} ${first} ${second}` }] as const
const withJudge = {
  roles: {
    solver: role,
    critic: role,
    judge: { renderer, sampling: { maxTokens: 3, temperature: 1 }, by: prefers },
  },
}

async function step(
  recipe: Recipe<QuestionTask>,
  options: Parameters<typeof trained>[1] = {},
): Promise<{ samples: readonly Sample[]; sessions: readonly SessionResult[]; batch: Sample[] }> {
  let seen: { samples: readonly Sample[]; sessions: readonly SessionResult[] } | undefined
  const batch: Sample[] = []
  await trained(
    {
      ...recipe,
      aggregation: (items) => {
        batch.push(...(items as readonly Sample[]))
        return recipe.aggregation(items)
      },
    },
    { policy: novice({ skill: 2 }), onStep: (event) => (seen = event), ...options },
  )
  return { ...seen!, batch }
}

async function gain(
  recipe: Recipe<QuestionTask>,
  options: Parameters<typeof trained>[1] = {},
): Promise<number> {
  const policy = novice({ skill: 2 })
  const before = await skillOf(policy)
  const { metrics } = await trained(recipe, { policy, stop: { steps: 12 }, ...learned, ...options })
  expect(metrics.flatMap((line) => Object.values(line)).every(Number.isFinite)).toBe(true)
  expect(JSON.parse(JSON.stringify(recipe.options))).toEqual(recipe.options)
  return (await skillOf(policy)) - before
}

describe('critique-grpo', () => {
  const recipe = critiqueGrpo({
    ...group,
    ...critic,
    guidance: (critique) => critique,
    responseTokens: 2,
  })

  it('learns, also where GRPO has nothing but failures', async () => {
    expect(await gain(recipe)).toBeGreaterThan(0.25)
    const hopeless = { policy: novice({ skill: -3 }), stop: { steps: 25 }, ...learned }
    const starved = { policy: novice({ skill: -3 }), stop: { steps: 25 }, ...learned }
    await trained(recipe, hopeless)
    await trained(grpo(group), starved)
    expect(await skillOf(hopeless.policy)).toBeGreaterThan((await skillOf(starved.policy)) + 0.2)
  })

  it('trains seven answers and one refinement of each task, under the plain question', async () => {
    const { batch, samples } = await step(recipe)
    for (const { id } of tasks) {
      const own = batch.filter(({ keys }) => keys.task === id)
      const refined = own.filter(({ keys }) => keys.round === 2)
      expect([own.length, refined.length]).toEqual([8, 1])
      expect(refined[0].trainedUnder).toEqual(
        own.find(({ keys }) => keys.round === 1)!.sampledUnder,
      )
      const best = Math.max(
        ...samples
          .filter(({ keys }) => keys.task === id && keys.round === 2)
          .map(({ reward }) => reward),
      )
      expect(refined[0].reward).toBe(best)
      const advantages = own.map((sample) => sample.advantages![0])
      expect(advantages.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 5)
    }
    expect(batch.some(({ keys }) => keys.role === 'critic')).toBe(false)
  })

  // f'(log π) = γπ/(π + γ)²: at .1 it is 1/4, at 1 .1/1.21.
  it.each([
    [0.1, 0.25],
    [1, 0.0826],
  ])('a refined token of probability %d has the slope %d', (probability, slope) => {
    const input = {
      logprobs: Float32Array.of(Math.log(probability)),
      behaviorLogprobs: Float32Array.of(-9),
      oldLogprobs: Float32Array.of(-9),
      mask: Uint8Array.of(1),
      coefficients: Float32Array.of(1),
      advantages: Float32Array.of(1),
    }
    const [refined] = recipe.objective.evaluate([{ ...input, rebound: true }])
    expect(refined.gradient[0]).toBeCloseTo(-slope, 4)
    expect(
      recipe.objective.evaluate([{ ...input, rebound: true, behaviorLogprobs: undefined }]),
    ).toEqual([refined])
    const [plain] = recipe.objective.evaluate([
      { ...input, oldLogprobs: input.logprobs.map((value) => value - 1) },
    ])
    expect(plain.gradient[0]).toBeCloseTo(-Math.E, 4)
  })
})

describe('brpo', () => {
  const recipe = brpo({ ...group, judgePrompt, votes: 1 })

  it('learns from a judge that is right eight times in ten', async () =>
    expect(await gain(recipe, withJudge)).toBeGreaterThan(0.25))

  it('one reference a group, rewards of ±1 as advantages, skewed queries left out', async () => {
    const { samples, batch } = await step(recipe, withJudge)
    for (const { id } of tasks) {
      const own = samples.filter(({ keys }) => keys.task === id)
      expect(own.filter(({ reward }) => reward === 0)).toHaveLength(1)
      expect(own.every(({ reward }) => [-1, 0, 1].includes(reward))).toBe(true)
      const skew = Math.abs(own.reduce((sum, { reward }) => sum + reward, 0)) / own.length
      expect(batch.some(({ keys }) => keys.task === id)).toBe(skew <= 0.6)
    }
    for (const { reward, advantages } of batch) expect(advantages![0]).toBe(reward)
  })

  it('the reference depends on the seed, the step and the task alone', async () => {
    const references = async (concurrency: number): Promise<string[]> =>
      (await step(recipe, { ...withJudge, concurrency })).samples
        .filter(({ reward }) => reward === 0)
        .map(({ id }) => id)
    expect(await references(1)).toEqual(await references(64))
  })

  it('unreadable votes are no wins, and then every query is skewed', async () => {
    const mute = { ...withJudge.roles.judge, by: judgeOf(() => 'nothing') }
    const policy = novice({ skill: 2 })
    const before = await opinions(policy)
    const { metrics } = await trained(recipe, {
      policy,
      roles: { ...withJudge.roles, judge: mute },
    })
    expect(await opinions(policy)).toEqual(before)
    expect(metrics[0]['ledger/trained']).toBe(0)
  })
})

describe('intuitor', () => {
  it('answers of one token have no signal: certainty is a property of what stands before', async () => {
    const policy = novice({ skill: 2 })
    const before = await opinions(policy)
    await trained(intuitor({ ...group, klCoefficient: 0 }), { policy, ...learned })
    expect(await opinions(policy)).toEqual(before)
  })

  it.each(['policy', 'reference'] as const)(
    'by the %s: where the right method leads to a sure result, accuracy rises with certainty',
    async (by) => {
      const world = quiz({ seed: 1 })
      const policy = tablePolicy(world.untaught)
      const reason = singleTurn<QuizTask>({
        prompt: (task) => world.reasonPrompt(task),
        verifier: world.verifier,
      })
      const recipe = intuitor({ attempt: reason, tasksPerStep: 8, by })
      const { metrics } = await train({
        recipe,
        policies: { shared: policy },
        roles: {
          solver: {
            renderer: world.renderer,
            sampling: { maxTokens: world.maxTokens, temperature: 1 },
            policy: 'shared',
          },
        },
        tasks: world.tasks('train', 64),
        seed: 0,
        stop: { steps: 30 },
        optimizer: { learningRate: 0.05, clipNorm: 1 },
      })
      const mean = (name: string, from: number, to: number): number =>
        metrics.slice(from, to).reduce((sum, line) => sum + line[name], 0) / (to - from)
      expect(mean('reward/solver', 25, 30)).toBeGreaterThan(mean('reward/solver', 0, 5) + 0.1)
      expect(mean('accuracy/first', 25, 30)).toBeGreaterThan(mean('accuracy/first', 0, 5) + 0.05)
      expect(JSON.parse(JSON.stringify(recipe.options))).toEqual(recipe.options)
    },
  )
})

describe('critique-rl-mixture', () => {
  const judged: QuestionTask[] = tasks.map((task, k) => ({
    ...task,
    id: `judge-${task.id}`,
    question: `c${k}`,
  }))
  const mixture = (judgedShare: number): Recipe<QuestionTask> =>
    critiqueRlMixture({
      ...group,
      judge: attempt,
      isJudged: ({ id }) => id.startsWith('judge-'),
      judgedShare,
      clipHigh: 0.28,
    })

  it.each([0.2, 0.5])('judges exactly a share of %d, and no group mixes kinds', async (share) => {
    const counts: number[] = []
    await trained(mixture(share), {
      tasks: [...tasks, ...judged],
      policy: novice({ skill: 2 }),
      stop: { steps: 5 },
      onStep: ({ sessions }) =>
        counts.push(
          new Set(sessions.map(({ task }) => task).filter((id) => id.startsWith('judge-'))).size,
        ),
    })
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(Math.floor(5 * 4 * share))
  })

  it('share 0 is GRPO without flat groups, bit for bit', async () => {
    const flat = { ...grpo(group), filters: [dropZeroVarianceGroups(groupBy('task'))] }
    const [mixed, plain] = [novice({ skill: 2 }), novice({ skill: 2 })]
    await trained(mixture(0), { policy: mixed, stop: { steps: 3 }, ...learned })
    await trained(flat, { policy: plain, stop: { steps: 3 }, ...learned })
    expect(await opinions(mixed)).toEqual(await opinions(plain))
  })

  it('learns both', async () =>
    expect(
      await gain(mixture(0.5), { tasks: [...tasks, ...judged], stop: { steps: 25 } }),
    ).toBeGreaterThan(0.25))

  it('refuses a share above 1', () =>
    expect(() => mixture(1.5)).toThrowError(expect.objectContaining({ code: 'invalid-option' })))
})

describe('preference-judge', () => {
  // A critic's word stands for what can be seen of the question; it answers the better answer's name.
  const recipe = preferenceJudge({
    ...group,
    pairOf: ({ answer }) => ({ better: answer, worse: `a${(Number(answer[1]) + 1) % 4}` }),
    judgePrompt: (_, first, second) => [{ role: 'user', content: `q0 ${first} ${second}` }],
    parsePreference: (text) => (text === 'a0' ? 'first' : text === 'a1' ? 'second' : undefined),
  })

  it('right and in form 1, in form .1, else 0; the order swaps with the session', async () => {
    const roles = { solver: role, critic: role, judge: role }
    const { samples, sessions } = await step(recipe, { roles })
    for (const { keys, reward, valid } of samples) {
      const { findings } = sessions.find(
        ({ task, session }) => task === keys.task && session === keys.session,
      )!
      const expected = { better: 1, worse: 0.1, unreadable: 0 }[String(findings!.verdict)]
      expect(reward).toBeCloseTo(expected!, 9)
      expect(valid).toBe(findings!.verdict !== 'unreadable')
    }
    expect(samples[0].sampledUnder).not.toEqual(samples[1].sampledUnder)
    expect(samples[0].sampledUnder).toEqual(samples[2].sampledUnder)
  })

  it('learns the form, and stores its options', async () => {
    const policy = novice()
    const { metrics } = await trained(recipe, {
      roles: { solver: role, critic: role, judge: role },
      policy,
      stop: { steps: 40 },
      ...learned,
    })
    const rewards = metrics.map((line) => line['reward/judge'])
    expect(rewards.at(-1)!).toBeGreaterThan(rewards[0] + 0.1)
    expect(JSON.parse(JSON.stringify(recipe.options))).toEqual(recipe.options)
  })
})
