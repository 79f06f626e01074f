import {
  compareSamples,
  isRebound,
  type QuestionTask,
  type Recipe,
  type Sample,
  type SessionResult,
} from '@icrl/core'
import type { CriticOptions } from '@icrl/rollout'
import type { Metrics } from '@icrl/trainer'
import { describe, expect, it } from 'vitest'
import {
  attempt,
  critic,
  novice,
  opinions,
  renderer,
  skillOf,
  trained,
} from '../test/tiny-world.ts'
import { grpo } from './grpo.ts'
import { icrl, type IcrlOptions } from './icrl.ts'

const small = { attempt, tasksPerStep: 3, sessionsPerTask: 4 }
const recipe = (options: Partial<IcrlOptions<QuestionTask>> = {}): Recipe<QuestionTask> =>
  icrl({ ...small, ...critic, ...options })

/** A step's sessions, and its samples with advantages as the trainer would give them. */
async function oneStep(
  of: Recipe<QuestionTask>,
  policy = novice(),
): Promise<{ sessions: readonly SessionResult[]; samples: Sample[]; metrics: Metrics }> {
  let sessions: readonly SessionResult[] = []
  let samples: Sample[] = []
  const { metrics } = await trained(of, {
    policy,
    onStep: (event) => ([sessions, samples] = [event.sessions, [...event.samples]]),
  })
  return { sessions, samples, metrics: metrics[0] }
}

const collecting = (
  from: Recipe<QuestionTask>,
  into: Recipe<QuestionTask>,
): Recipe<QuestionTask> => ({ ...into, collect: from.collect })
const update = async (of: Recipe<QuestionTask>): Promise<number[]> =>
  opinions((await trained(of)).policy)

describe('reduces to GRPO', () => {
  it('with one round, bit for bit', async () => {
    expect(await update(recipe({ rounds: 1 }))).toEqual(await update(grpo(small)))
  })

  it('without critiques, on the same ragged group, bit for bit; every weight is 1', async () => {
    const blind = recipe({ critic: 'none' })
    expect(await update(blind)).toEqual(await update(collecting(blind, grpo(small))))
    const { samples } = await oneStep(blind)
    expect(samples.some(({ keys }) => keys.round === 2)).toBe(true)
    expect(samples.every(({ weights }) => weights === undefined)).toBe(true)
  })

  it('with empty critiques and critic samples left out, bit for bit', async () => {
    const mute = recipe({ critic: 'frozen', parseCritique: () => ({ critique: '', valid: false }) })
    expect(await update(mute)).toEqual(await update(recipe({ critic: 'none' })))
  })

  it('pooled, unweighted: plain GRPO over all samples together', async () => {
    const pooled = recipe({ advantages: 'pooled', weights: 'none' })
    expect(await update(pooled)).toEqual(
      await update({ ...collecting(pooled, grpo(small)), reward: pooled.reward }),
    )
  })
})

describe('a step', () => {
  it('has first attempts, critiques of failures and rebound revisions', async () => {
    const { samples, sessions } = await oneStep(recipe())
    expect(sessions).toHaveLength(12)
    const revisions = samples.filter(({ keys }) => keys.role === 'solver' && keys.round === 2)
    expect(revisions.length).toBeGreaterThan(0)
    expect(samples.filter(isRebound)).toEqual(revisions)
    expect(samples.filter(({ keys }) => keys.role === 'critic')).toHaveLength(revisions.length)
  })

  it('weighs revisions by eq. 4 and nothing else', async () => {
    const { samples } = await oneStep(recipe())
    for (const sample of samples) {
      if (!isRebound(sample)) expect(sample.weights).toBeUndefined()
      else
        expect(sample.weights?.[0]).toBeCloseTo(
          Math.exp((sample.oldLogprobs?.[0] ?? NaN) - sample.behaviorLogprobs[0]),
          4,
        )
    }
  })

  it('rewards critiques by the revision after them', async () => {
    const { samples, sessions } = await oneStep(recipe())
    for (const { keys, reward } of samples.filter((sample) => sample.keys.role === 'critic')) {
      const session = sessions.find(
        ({ task, session: number }) => task === keys.task && number === keys.session,
      )
      expect(reward).toBe(session?.outcomes[1].reward)
    }
  })

  it('standardises each role of each task by itself', async () => {
    const { samples } = await oneStep(recipe())
    for (const role of ['solver', 'critic']) {
      const group = samples.filter(
        ({ keys }) => keys.role === role && keys.task === samples[0].keys.task,
      )
      expect(group.reduce((sum, { advantages }) => sum + (advantages?.[0] ?? NaN), 0)).toBeCloseTo(
        0,
        5,
      )
    }
  })

  it('notes critiques that state the answer', async () => {
    const { samples } = await oneStep(recipe())
    const critiques = samples.filter(({ keys }) => keys.role === 'critic')
    expect(critiques.every(({ rewards }) => rewards.leak === 0 || rewards.leak === 1)).toBe(true)
    expect(critiques.some(({ rewards }) => rewards.leak === 1)).toBe(true)
  })

  it('sampled in any order, is the same to the last bit', async () => {
    const plain = recipe()
    const reversed: Recipe<QuestionTask> = {
      ...plain,
      collect: async (context) => [...(await plain.collect(context))].reverse(),
    }
    expect(await update(reversed)).toEqual(await update(plain))
  })
})

describe('groups without spread', () => {
  it('all right: no critic, no gradient, nothing that is not a number', async () => {
    const policy = novice({ skill: 30 })
    const before = await opinions(policy)
    const { metrics } = await trained(recipe(), { policy })
    expect(metrics[0]).toMatchObject({
      'accuracy/first': 1,
      'groups/zero_variance_solver': 1,
      'ledger/trained': 0,
    })
    expect(metrics[0]).not.toHaveProperty('reward/critic')
    expect(await opinions(policy)).toEqual(before)
  })

  it('all wrong: paper has no gradient, released has', async () => {
    const hopeless = { rounds: 1, sessionsPerTask: 2, tasksPerStep: 2 }
    const before = await opinions(novice({ skill: -30 }))
    expect(
      await opinions((await trained(recipe(hopeless), { policy: novice({ skill: -30 }) })).policy),
    ).toEqual(before)
    expect(
      await opinions(
        (
          await trained(recipe({ ...hopeless, preset: 'released' }), {
            policy: novice({ skill: -30 }),
          })
        ).policy,
      ),
    ).not.toEqual(before)
  })
})

describe('preset released', () => {
  const released = recipe({ preset: 'released' })
  const at = (reward: number, session: number, keys: object): Sample => ({
    id: JSON.stringify([session, keys]),
    parents: [],
    keys: { task: 'q0', role: 'solver', session, round: 1, branch: 0, ...keys },
    sampledUnder: Int32Array.of(1),
    trainedUnder: Int32Array.of(2),
    response: Int32Array.of(3),
    mask: Uint8Array.of(1),
    behaviorLogprobs: Float32Array.of(-1),
    oldLogprobs: Float32Array.of(-3),
    rewards: {},
    reward,
    policy: 'shared',
    version: '0',
    temperature: 1,
    finish: 'stop',
    valid: true,
  })
  const group = (rewards: number[], keys: object = {}): Sample[] =>
    rewards.map((reward, session) => at(reward, session, keys))

  it('eight failures beside the pseudo-sample get −0.333 each', () => {
    expect(released.advantages(group([0, 0, 0, 0, 0, 0, 0, 0]))[0]).toBeCloseTo(
      -(1 / 9) / (1 / 3 + 1e-6),
      12,
    )
    expect(released.advantages(group([1, 1, 1, 1]))).toEqual([0, 0, 0, 0])
  })

  it('keeps rounds apart', () => {
    expect(
      released.advantages([...group([0, 0]), ...group([1, 1], { round: 2 })]).slice(2),
    ).toEqual([0, 0])
    expect(recipe().advantages([...group([0, 0]), ...group([1, 1], { round: 2 })])[2]).toBeCloseTo(
      0.866,
      3,
    )
  })

  it('drops critics and revisions with little to learn from', () => {
    const samples = [
      ...group([0, 0, 0]),
      ...group([1, 0, 0, 0], { round: 2 }),
      ...group([1, 0], { role: 'critic' }),
    ].sort(compareSamples)
    const kept = (released.filters ?? []).reduce<readonly Sample[]>(
      (rest, filter) => filter(rest).kept,
      samples,
    )
    expect(kept.map(({ keys }) => `${keys.role}${keys.round}`).sort()).toEqual([
      'critic1',
      'critic1',
      'solver1',
      'solver1',
      'solver1',
    ])
  })

  it('weighs and caps every token, paper the guided ones', () => {
    const prompt = Int32Array.of(1)
    const unbound = {
      ...at(0, 0, {}),
      sampledUnder: prompt,
      trainedUnder: prompt,
      oldLogprobs: Float32Array.of(1),
    }
    expect(released.weights?.(unbound)?.[0]).toBeCloseTo(Math.exp(2), 5)
    expect(released.capWeights?.(Float32Array.of(7))[0]).toBe(2)
    expect(recipe().weights?.(unbound)).toBeUndefined()
  })

  it('averages within samples, then over samples', () => {
    const keys = { task: 'q0', role: 'solver', session: 0, round: 1, branch: 0 }
    const masks = [
      { mask: Uint8Array.of(1, 1, 1), keys },
      { mask: Uint8Array.of(1), keys },
    ]
    expect(released.aggregation(masks)[1][0]).toBe(0.5)
    expect(recipe().aggregation(masks)[1][0]).toBe(0.25)
  })
})

describe('arms', () => {
  it.each([
    ['an own critic', {}, { critic: {} }],
    ['a frozen one', { critic: 'frozen' }, { critic: { frozen: true } }],
    ['none', { critic: 'none' }, {}],
    [
      'none but in an evaluation',
      { critic: 'none', evaluations: ['critique_free', 'with_critique'] },
      { critic: {} },
    ],
    ['one round', { rounds: 1 }, {}],
  ] as const)('%s: says which roles a run must have', (_, options, others) =>
    expect(recipe(options).roles).toEqual({ solver: { trained: true }, ...others }),
  )

  it('refuses a run without a role that it needs', async () => {
    const solver = { renderer, sampling: { maxTokens: 3, temperature: 1 }, policy: 'shared' }
    await expect(trained(recipe(), { roles: { solver } })).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining('"critic"'),
    })
  })

  it('frozen: the critic is the initial policy and is not trained', async () => {
    const frozen = recipe({ critic: 'frozen' })
    expect(frozen.roles?.critic).toEqual({ frozen: true })
    const { metrics } = await trained(frozen)
    expect(metrics[0]['ledger/filtered']).toBeGreaterThan(0)
    const { samples } = await oneStep(frozen)
    for (const sample of samples.filter(({ keys }) => keys.role === 'critic'))
      expect(sample.advantages).toBeUndefined()
  })

  it('ungated: right attempts are critiqued too, and the critic pays for what it spoils', async () => {
    const { sessions, samples } = await oneStep(recipe({ gate: 'none' }), novice({ skill: 3 }))
    expect(sessions.every(({ outcomes }) => outcomes.length === 2)).toBe(true)
    for (const { keys, reward } of samples.filter((sample) => sample.keys.role === 'critic')) {
      const { outcomes } = sessions.find(
        ({ task, session }) => task === keys.task && session === keys.session,
      ) ?? { outcomes: [] }
      expect(reward).toBe(outcomes[1].reward - outcomes[0].reward)
    }
  })

  it.each(['token', 'sequence', 'geometric-mean', 'masked', 'none'] as const)(
    'weights %s trains',
    async (weights) => {
      const { metrics } = await trained(recipe({ weights }))
      expect(metrics[0]['policy/grad_norm']).toBeGreaterThan(0)
      expect('calibration/weight_mean' in metrics[0]).toBe(weights !== 'none')
    },
  )

  it("a revision's gradient depends on its critique through w_t alone", async () => {
    const otherCritique = (sample: Sample): Sample =>
      isRebound(sample)
        ? {
            ...sample,
            sampledUnder: Int32Array.of(...sample.sampledUnder, 5, 6, 7),
            behaviorLogprobs: sample.behaviorLogprobs.map((logprob) => logprob - 1),
          }
        : sample
    const changed = (from: Recipe<QuestionTask>): Recipe<QuestionTask> => ({
      ...from,
      collect: async (context) =>
        (await from.collect(context)).map((session) => ({
          ...session,
          samples: session.samples.map(otherCritique),
        })),
    })
    expect(await update(changed(recipe({ weights: 'none' })))).toEqual(
      await update(recipe({ weights: 'none' })),
    )
    expect(await update(changed(recipe()))).not.toEqual(await update(recipe()))
  })

  it('without re-weighting, nothing of the critique reaches the loss but the response', () => {
    const plain = recipe({ weights: 'none' })
    expect(plain.weights).toBeUndefined()
    expect(plain.capWeights).toBeUndefined()
  })
})

describe('evaluations', () => {
  it('runs first attempts alone, with critique, and with plain retries', async () => {
    const evaluation = { tasks: [{ id: 'held-out', question: 'q1', answer: 'a1' }], repeats: 40 }
    const { summary } = await trained(
      recipe({
        evaluations: ['critique_free', 'with_critique', 'plain_retry', 'ungated_critique'],
      }),
      { evaluation, policy: novice({ skill: 2 }) },
    )
    const [{ metrics }] = summary.evaluations
    expect(metrics['eval/with_critique']).toBeGreaterThan(metrics['eval/plain_retry'])
    expect(metrics['eval/plain_retry']).toBeGreaterThanOrEqual(metrics['eval/critique_free'])
    expect(metrics['critic/lift']).toBeGreaterThan(0.2)
    expect(metrics).toHaveProperty('critic/harm_rate')
  })

  it('by default asks for a critic only where there is one', () => {
    expect(Object.keys(recipe().evaluations ?? {})).toEqual([
      'critique_free',
      'with_critique',
      'plain_retry',
    ])
    expect(Object.keys(recipe({ critic: 'none' }).evaluations ?? {})).toEqual([
      'critique_free',
      'plain_retry',
    ])
  })
})

describe('learning', () => {
  it('answers by itself what it needed a critique for, where GRPO starves', async () => {
    const length = { stop: { steps: 45 }, optimizer: { learningRate: 0.1, clipNorm: 1 } }
    const { policy, metrics } = await trained(icrl({ attempt, ...critic, tasksPerStep: 4 }), length)
    const starved = await trained(grpo({ attempt, tasksPerStep: 4 }), length)
    expect(await skillOf(novice())).toBeLessThan(0.1)
    expect(await skillOf(policy)).toBeGreaterThan(0.9)
    expect(await skillOf(starved.policy)).toBeLessThan(0.5)
    expect(
      metrics.every(
        (line) => line['ledger/generated'] > 0 && Object.values(line).every(Number.isFinite),
      ),
    ).toBe(true)
  })

  it('in two minibatches of two epochs, frozen old log-probabilities keep it learning', async () => {
    const { policy } = await trained(
      icrl({ attempt, ...critic, tasksPerStep: 4, minibatches: 2, epochs: 2, weights: 'none' }),
      { stop: { steps: 12 } },
    )
    expect(await skillOf(policy)).toBeGreaterThan(0.2)
  })
})

describe('critiques that are invalid', () => {
  /** Those with an even last id are. */
  const half: CriticOptions<QuestionTask> = {
    ...critic,
    parseCritique: (text) => ({ critique: text, valid: /[13]$/.test(text) }),
  }
  const critiquesOf = async (
    invalidCritiques: IcrlOptions<QuestionTask>['invalidCritiques'],
  ): Promise<{ readonly critiques: Sample[]; readonly filtered: number }> => {
    const { samples, metrics } = await oneStep(icrl({ ...small, ...half, invalidCritiques }))
    return {
      critiques: samples.filter(({ keys }) => keys.role === 'critic'),
      filtered: metrics['ledger/filtered'],
    }
  }

  it('are paid by the revision, paid nothing, or left out', async () => {
    const { critiques: paid } = await critiquesOf('paid')
    const invalid = paid.filter(({ valid }) => !valid)
    expect(invalid.some(({ reward }) => reward === 1)).toBe(true)
    expect(invalid.every(({ advantages }) => advantages !== undefined)).toBe(true)
    const { critiques: unpaid } = await critiquesOf('unpaid')
    expect(unpaid.map(({ id, valid, reward }) => [id, reward, valid])).toEqual(
      paid.map(({ id, valid, reward }) => [id, valid ? reward : 0, valid]),
    )
    const { critiques: dropped, filtered } = await critiquesOf('dropped')
    expect(dropped.filter(({ advantages }) => advantages).map(({ id }) => id)).toEqual(
      paid.filter(({ valid }) => valid).map(({ id }) => id),
    )
    expect(filtered).toBe(invalid.reduce((sum, { response }) => sum + response.length, 0))
  })
})
