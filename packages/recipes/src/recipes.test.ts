import type { QuestionTask, Recipe } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import {
  attempt,
  critic,
  demonstration,
  novice,
  opinions,
  skillOf,
  trained,
} from '../test/tiny-world.ts'
import {
  cispo,
  clipCov,
  dapo,
  dpo,
  dppo,
  drGrpo,
  gdpo,
  gigpo,
  gmpo,
  grpo,
  gspo,
  icrl,
  klCov,
  reinforcePlusPlus,
  rloo,
  sapo,
  sft,
} from './index.ts'

const group = { attempt, tasksPerStep: 4, sessionsPerTask: 8 }
const sampling: [string, Recipe<QuestionTask>][] = [
  ['grpo', grpo(group)],
  ['grpo with KL and entropy', grpo({ ...group, klCoefficient: 0.01, entropyCoefficient: 0.001 })],
  ['grpo as in the paper', grpo({ ...group, aggregation: 'sequence-mean', klCoefficient: 0.04 })],
  ['dr-grpo', drGrpo({ ...group, responseTokens: 2 })],
  ['dapo', dapo(group)],
  ['gspo', gspo(group)],
  ['rloo', rloo(group)],
  ['rloo with KL in the reward', rloo({ ...group, klRewardCoefficient: 0.01 })],
  ['reinforce++', reinforcePlusPlus(group)],
  [
    'reinforce++ with KL in the reward',
    reinforcePlusPlus({ ...group, klRewardCoefficient: 0.01, epochs: 2 }),
  ],
  [
    'reinforce++-baseline',
    reinforcePlusPlus({ ...group, baseline: 'group', klCoefficient: 0.001, klEstimator: 'k2' }),
  ],
  ['grpo, sequence sum', grpo({ ...group, aggregation: 'sequence-sum', dualClip: 3 })],
  ['grpo, constant', grpo({ ...group, aggregation: 'constant', responseTokens: 2 })],
  ['grpo on the tokens of highest entropy', grpo({ ...group, topEntropyShare: 0.6 })],
  ['cispo', cispo(group)],
  ['sapo', sapo(group)],
  ['dppo', dppo(group)],
  ['dppo by KL', dppo({ ...group, divergence: 'kl', boundLow: 0.05, boundHigh: 0.05 })],
  ['gmpo', gmpo(group)],
  ['clip-cov', clipCov(group)],
  ['kl-cov', klCov(group)],
  ['gdpo', gdpo(group)],
  ['gigpo', gigpo(group)],
  ['icrl', icrl({ ...group, ...critic })],
  ['icrl as released', icrl({ ...group, ...critic, preset: 'released' })],
]

describe.each(sampling)('%s', (_, recipe) => {
  it('learns where it is not starved, and balances its ledger', async () => {
    const before = await skillOf(novice({ skill: 2 }))
    const { policy, metrics } = await trained(recipe, {
      policy: novice({ skill: 2 }),
      stop: { steps: 12 },
      optimizer: { learningRate: 0.2, clipNorm: 1 },
    })
    expect(before).toBeLessThan(0.3)
    expect(await skillOf(policy)).toBeGreaterThan(before + 0.25)
    expect(metrics.flatMap((line) => Object.values(line)).every(Number.isFinite)).toBe(true)
  })

  it('stores its options as JSON', () =>
    expect(JSON.parse(JSON.stringify(recipe.options))).toEqual(recipe.options))
})

describe('dpo', () => {
  const recipe = dpo<QuestionTask>({
    pairs: (task) =>
      ['a0', 'a1', 'a2', 'a3']
        .filter((answer) => answer !== task.answer)
        .map((answer) => {
          const { prompt, response } = demonstration(task)
          return { prompt, preferred: response, other: demonstration({ ...task, answer }).response }
        }),
    attempt,
  })

  it('comes to prefer what is preferred, samples nothing, stores its options', async () => {
    const policy = novice()
    const { metrics } = await trained(recipe, {
      policy,
      stop: { steps: 40 },
      optimizer: { learningRate: 0.1, clipNorm: 1 },
    })
    expect(await skillOf(policy)).toBeGreaterThan(0.6)
    expect(metrics[0]['policy/loss']).toBeCloseTo(Math.LN2, 5)
    expect(metrics.at(-1)!['tokens/sampled_total']).toBe(0)
    expect(JSON.parse(JSON.stringify(recipe.options))).toEqual(recipe.options)
  })

  it('refuses what it does not have', () =>
    expect(() => dpo({ pairs: () => [], tasksPerStep: 0 })).toThrowError(
      expect.objectContaining({ code: 'invalid-option' }),
    ))
})

describe('defaults', () => {
  it('icrl', () => {
    const { name, options, minibatches, epochs, roles } = icrl({ attempt, ...critic })
    expect({ name, minibatches, epochs, roles }).toEqual({
      name: 'icrl',
      minibatches: 1,
      epochs: 1,
      roles: { solver: { trained: true }, critic: {} },
    })
    expect(options).toEqual({
      tasksPerStep: 16,
      sessionsPerTask: 8,
      preset: 'paper',
      gate: 'oracle',
      critic: 'shared',
      rounds: 2,
      weights: 'token',
      maxWeight: 2,
      invalidCritiques: 'paid',
      replay: null,
      mirror: 0,
      advantages: 'role-wise',
      clipLow: 0.2,
      clipHigh: 0.28,
      evaluations: ['critique_free', 'with_critique', 'plain_retry'],
      minibatches: 1,
      epochs: 1,
      klCoefficient: 0,
      klEstimator: 'k3',
      entropyCoefficient: 0,
      correction: null,
      denominator: 'trained',
    })
  })

  it('the others', () => {
    const own = (recipe: Recipe<QuestionTask>): unknown => {
      const {
        tasksPerStep: _,
        sessionsPerTask: __,
        minibatches: ___,
        epochs: ____,
        klCoefficient: _____,
        klEstimator: ______,
        entropyCoefficient: _______,
        correction: ________,
        denominator: _________,
        ...rest
      } = recipe.options as Record<string, unknown>
      return { name: recipe.name, ...rest }
    }
    expect(
      [
        grpo({ attempt }),
        drGrpo({ attempt }),
        dapo({ attempt }),
        gspo({ attempt }),
        rloo({ attempt }),
        reinforcePlusPlus({ attempt }),
        sft<QuestionTask>({ demonstrate: () => [] }),
      ].map(own),
    ).toEqual([
      {
        name: 'grpo',
        clipLow: 0.2,
        clipHigh: 0.28,
        dualClip: null,
        topEntropyShare: 1,
        aggregation: 'token-mean',
      },
      { name: 'dr-grpo', clipLow: 0.2, clipHigh: 0.28, responseTokens: 2048 },
      {
        name: 'dapo',
        clipLow: 0.2,
        clipHigh: 0.28,
        maxRounds: 10,
        overlong: null,
        filterTruncated: false,
      },
      { name: 'gspo', clipLow: 3e-4, clipHigh: 4e-4 },
      { name: 'rloo', klRewardCoefficient: 0 },
      {
        name: 'reinforce++',
        clipLow: 0.2,
        clipHigh: 0.28,
        baseline: 'none',
        klRewardCoefficient: 0,
      },
      { name: 'sft', aggregation: 'token-mean' },
    ])
  })

  it('no reference policy unless a coefficient asks for one', () => {
    for (const recipe of [
      icrl({ attempt, ...critic }),
      grpo({ attempt }),
      rloo({ attempt }),
      reinforcePlusPlus({ attempt }),
    ]) {
      expect([recipe.wantsReference ?? false, recipe.objective.wants?.reference ?? false]).toEqual([
        false,
        false,
      ])
    }
    expect(rloo({ attempt, klRewardCoefficient: 0.1 }).wantsReference).toBe(true)
    expect(grpo({ attempt, klCoefficient: 0.1 }).objective.wants?.reference).toBe(true)
  })
})

describe('sft', () => {
  it('learns demonstrations', async () => {
    const recipe = sft<QuestionTask>({
      demonstrate: (task) => [demonstration(task)],
      tasksPerStep: 4,
      attempt,
    })
    const { policy, metrics } = await trained(recipe, {
      stop: { steps: 20 },
      optimizer: { learningRate: 0.3 },
      evaluation: { tasks: [{ id: 'held-out', question: 'q2', answer: 'a2' }] },
    })
    expect(await skillOf(policy)).toBeGreaterThan(0.9)
    expect(metrics[0]).toMatchObject({
      'ledger/generated': 0,
      'eval/critique_free': expect.any(Number),
    })
    expect(metrics[19]['policy/loss']).toBeLessThan(metrics[0]['policy/loss'])
  })

  it('may take more tasks a step than there are', async () => {
    const { metrics } = await trained(
      sft<QuestionTask>({ demonstrate: (task) => [demonstration(task)], tasksPerStep: 9 }),
    )
    expect(metrics[0]['policy/loss']).toBeGreaterThan(0)
  })

  it('leaves masked tokens alone', async () => {
    const before = await opinions(novice())
    const recipe = sft<QuestionTask>({
      demonstrate: (task) => [{ ...demonstration(task), mask: new Uint8Array(2) }],
    })
    expect(await opinions((await trained(recipe)).policy)).toEqual(before)
  })
})

describe('bad options', () => {
  const invalid = (message: RegExp): unknown =>
    expect.objectContaining({ code: 'invalid-option', message: expect.stringMatching(message) })

  it.each<[string, () => unknown, RegExp]>([
    [
      'an option there is not',
      () => grpo({ attempt, learningRate: 1 } as never),
      /grpo: no option "learningRate"\. Its options are aggregation, attempt, .*tasksPerStep/,
    ],
    [
      'icrl, an option there is not',
      () => icrl({ attempt, ...critic, round: 3 } as never),
      /icrl: no option "round"\. Did you mean "rounds"\?/,
    ],
    [
      'sft, an option there is not',
      () => sft({ demonstrate: () => [], attempts: 1 } as never),
      /sft: no option "attempts"\. Did you mean "attempt"\?/,
    ],
    [
      'one of every recipe, misspelled',
      () => icrl({ attempt, ...critic, taskPerStep: 3 } as never),
      /icrl: no option "taskPerStep"\. Did you mean "tasksPerStep"\?/,
    ],
    [
      'one of the critic, misspelled',
      () => icrl({ attempt, ...critic, criticContextToken: 3 } as never),
      /Did you mean "criticContextTokens"\?/,
    ],
    [
      'a word there is not',
      () => icrl({ attempt, ...critic, preset: 'best' as never }),
      /preset is "best"\. Use one of: paper, released/,
    ],
    [
      'a misspelled word',
      () => icrl({ attempt, ...critic, preset: 'relased' as never }),
      /preset is "relased"\. Did you mean "released"\?/,
    ],
    [
      'a word of Object',
      () => icrl({ attempt, ...critic, gate: 'constructor' as never }),
      /gate is "constructor"/,
    ],
    [
      'a critic there is not',
      () => icrl({ attempt, ...critic, critic: 'loud' as never }),
      /shared, frozen, shuffled, none/,
    ],
    [
      'an evaluation there is not',
      () => icrl({ attempt, ...critic, evaluations: ['all' as never] }),
      /critique_free, with_critique/,
    ],
    ['no rounds', () => icrl({ attempt, ...critic, rounds: 0 }), /rounds is 0/],
    [
      'shuffled with three rounds',
      () => icrl({ attempt, ...critic, critic: 'shuffled', rounds: 3 }),
      /shuffled.*rounds: 2/,
    ],
    ['half a task', () => grpo({ attempt, tasksPerStep: 0.5 }), /tasksPerStep is 0.5/],
    ['a negative coefficient', () => grpo({ attempt, klCoefficient: -1 }), /klCoefficient is -1/],
    ['a cap of 0', () => icrl({ attempt, ...critic, maxWeight: 0 }), /cap 0/],
    ['a floor above the cap', () => icrl({ attempt, ...critic, minWeight: 3 }), /floor 3/],
    ['a clip below 0', () => dapo({ attempt, clipLow: -0.1 }), /clipLow is -0.1/],
  ])('%s', (_, create, message) => expect(create).toThrowError(invalid(message)))

  it('an option that is undefined is absent', () =>
    expect(() => grpo({ attempt, nothing: undefined } as never)).not.toThrow())
})

describe('the floor of w_t', () => {
  it.each(['token', 'sequence', 'geometric-mean'] as const)('holds with %s', (weights) => {
    const { capWeights } = icrl({ attempt, ...critic, weights, minWeight: 0.1 })
    expect([...capWeights!(Float32Array.of(1e-4, 0.5, 3))]).toEqual([Math.fround(0.1), 0.5, 2])
  })
})

describe('rloo', () => {
  it.each([{ minibatches: 2 }, { epochs: 4 }])('has no ratio, and refuses %j', (more) => {
    expect(() => rloo({ attempt, ...more })).toThrow(
      expect.objectContaining({
        code: 'invalid-option',
        message: expect.stringMatching(/^rloo: minibatches is \d and epochs \d.*grpo/),
      }),
    )
  })
})

describe('a KL penalty that is clamped', () => {
  const kl = async (klEstimator: 'k3' | 'k3-clamped', bias: number): Promise<number> => {
    const recipe = grpo({ ...group, klCoefficient: 1, klEstimator })
    const far = {
      score: async (items: readonly { readonly response: Int32Array }[]) =>
        items.map(({ response }) => ({ logprobs: new Float32Array(response.length).fill(bias) })),
    }
    const { metrics } = await trained(recipe, { references: { shared: far } })
    return metrics[0]['policy/loss']
  }

  it('is the plain one as long as it is small, and 10 a token where it would explode', async () => {
    expect(await kl('k3-clamped', -5)).toBe(await kl('k3', -5))
    expect(await kl('k3', 30)).toBeGreaterThan(1e10)
    expect(await kl('k3-clamped', 30)).toBeCloseTo(10, 4)
  })
})

describe('sft of a model whose context is known', () => {
  it('fails tasks with longer demonstrations alone, by name, and learns the others', async () => {
    const recipe = sft<QuestionTask>({
      contextTokens: 8,
      tasksPerStep: 4,
      demonstrate: (task) => {
        const { prompt, response } = demonstration(task)
        return [{ prompt, response: task.id === 'q1' ? new Int32Array(9).fill(1) : response }]
      },
    })
    const reasons: (string | undefined)[] = []
    const { metrics } = await trained(recipe, {
      onStep: ({ sessions }) => reasons.push(...sessions.map(({ failure }) => failure?.reason)),
    })
    expect(metrics[0]).toMatchObject({ 'sessions/failed': 1, 'sessions/failed_share': 0.25 })
    expect(reasons.filter(Boolean)).toEqual([
      expect.stringMatching(/^task "q1": a demonstration has \d+ tokens, the context 8\.$/),
    ])
    expect(metrics[0]['policy/loss']).toBeGreaterThan(0)
  })
})
