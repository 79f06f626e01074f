import { isRebound, type Policy, type Recipe, type Sample } from '@icrl/core'
import { expect, it, describe } from 'vitest'
import { memoryRun, train, type RunStore, type StepEvent } from '../src/index.ts'
import { dialGrpo, dialIcrl } from './dial-recipes.ts'
import { dialRun } from './dial-run.ts'
import { dialPolicy, dialRoles, dialTasks, VOCABULARY_SIZE, type DialTask } from './dial-task.ts'

const learning = {
  evaluation: { tasks: dialTasks('test'), every: 60, repeats: 8 },
  stop: { steps: 60 },
}

async function weightsAfter(
  options: Parameters<typeof dialRun>[0],
): Promise<{ lines: string; logprobs: Float32Array; events: StepEvent[] }> {
  const policy = dialPolicy()
  const events: StepEvent[] = []
  const { metrics } = await train(
    dialRun({ policies: { model: policy }, onStep: (event) => events.push(event), ...options }),
  )
  const [{ logprobs }] = await policy.score([
    {
      prompt: Int32Array.of(1, VOCABULARY_SIZE - 1),
      response: Int32Array.of(3, 4, 5, 0),
      temperature: 1,
    },
  ])
  return { lines: JSON.stringify(metrics), logprobs, events }
}

describe('training', () => {
  it('learns with ICRL what GRPO has no success to learn from', async () => {
    const icrl = await train(dialRun(learning))
    const grpo = await train(dialRun({ ...learning, recipe: dialGrpo() }))
    expect(icrl.summary.eval_initial).toBeLessThan(0.05)
    expect(icrl.summary.eval_final).toBeGreaterThan(0.7)
    expect(grpo.summary.eval_final).toBeLessThan(0.3)
    const probe = icrl.summary.evaluations.map(
      ({ metrics }) => metrics['calibration/probe_weight_mean'],
    )
    expect(probe[1]).toBeGreaterThan(probe[0] + 0.2)
  })

  it('learns with two minibatches a step, whose old log-probabilities stay those of the rollout', async () => {
    const { lines, events } = await weightsAfter({
      ...learning,
      recipe: dialIcrl({ minibatches: 2 }),
    })
    expect(JSON.parse(lines).at(-1)['accuracy/first']).toBeGreaterThan(0.6)
    for (const { samples } of events) {
      for (const sample of samples.filter((one) => !isRebound(one)))
        expect(sample.oldLogprobs).toEqual(sample.behaviorLogprobs)
    }
  })

  it('gives the same bytes again, whatever the concurrency', async () => {
    const [a, b, narrow] = [
      await weightsAfter({}),
      await weightsAfter({}),
      await weightsAfter({ concurrency: 1 }),
    ]
    expect(b.lines).toBe(a.lines)
    expect(narrow.lines).toBe(a.lines)
    expect(narrow.logprobs).toEqual(a.logprobs)
    expect((await weightsAfter({ seed: 1 })).lines).not.toBe(a.lines)
  })

  it('evaluates greedily, the weights of guided answers included', async () => {
    const greedy = { temperature: 0 }
    const { summary } = await train(
      dialRun({
        evaluation: {
          tasks: dialTasks('test'),
          every: 2,
          sampling: { solver: greedy, critic: greedy },
        },
      }),
    )
    for (const { metrics } of summary.evaluations)
      expect(metrics['calibration/probe_weight_mean']).toBeGreaterThan(0)
  })

  it('weighs revisions by exp(old − behavior), from the training pass itself where there is one step', async () => {
    const weighed = async (minibatches: number): Promise<readonly Sample[]> =>
      (await weightsAfter({ stop: { steps: 1 }, recipe: dialIcrl({ minibatches }) })).events[0]
        .samples
    const [one, two] = [await weighed(1), await weighed(2)]
    const revisions = one.filter(isRebound)
    expect(revisions.length).toBeGreaterThan(4)
    for (const sample of revisions) {
      sample.weights!.forEach((weight, t) =>
        expect(weight).toBeCloseTo(
          Math.exp(sample.oldLogprobs![t] - sample.behaviorLogprobs[t]),
          5,
        ),
      )
      expect(sample.weights).toEqual(two.find(({ id }) => id === sample.id)!.weights)
    }
    expect(
      one.filter((sample) => !isRebound(sample)).every(({ weights }) => weights === undefined),
    ).toBe(true)
  })

  it('reproduces every sampled log-probability exactly', async () => {
    const { lines } = await weightsAfter({})
    for (const metrics of JSON.parse(lines)) expect(metrics['policy/mismatch_max']).toBe(0)
  })

  it('logs a step without anything to train, and leaves the weights alone', async () => {
    const flat = await weightsAfter({
      recipe: { ...dialIcrl(), advantages: (samples) => samples.map(() => 0) },
    })
    const untouched = await dialPolicy().score([
      {
        prompt: Int32Array.of(1, VOCABULARY_SIZE - 1),
        response: Int32Array.of(3, 4, 5, 0),
        temperature: 1,
      },
    ])
    expect(flat.logprobs).toEqual(untouched[0].logprobs)
    const [metrics] = JSON.parse(flat.lines)
    expect(metrics['ledger/trained']).toBe(0)
    expect(metrics['ledger/zero_advantage']).toBe(metrics['ledger/generated'])
    expect(metrics).not.toHaveProperty('policy/grad_norm')
  })

  it('logs a step whose every sample was filtered', async () => {
    const { lines } = await weightsAfter({
      recipe: {
        ...dialIcrl(),
        filters: [(samples) => ({ kept: [], truncated: samples.slice(0, 3) })],
      },
    })
    for (const metrics of JSON.parse(lines)) {
      expect(metrics['ledger/truncated']).toBe(12)
      expect(metrics['ledger/filtered']).toBe(metrics['ledger/generated'] - 12)
      expect(metrics).not.toHaveProperty('policy/loss')
    }
  })

  it('stops with the first step that reaches the tokens', async () => {
    const { metrics, summary } = await train(dialRun({ stop: { tokens: 1000 } }))
    expect(summary.tokens_sampled).toBeGreaterThanOrEqual(1000)
    expect(metrics.at(-2)!['tokens/sampled_total']).toBeLessThan(1000)
    expect(metrics.at(-1)!['tokens/sampled_total']).toBe(summary.tokens_sampled)
  })

  it('goes on where sessions fail, and counts their tokens', async () => {
    const { collect } = dialIcrl()
    const flaky: Recipe<DialTask> = {
      ...dialIcrl(),
      collect: (context) =>
        collect({
          ...context,
          run: (protocol, tasks, sessions) =>
            context.run(
              async function* (task, session) {
                if (session.session !== 0) return yield* protocol(task, session)
                const asked = await protocol(task, session).next()
                if (!asked.done) yield asked.value
                throw new Error('the environment went away')
              },
              tasks,
              sessions,
            ),
        }),
    }
    const { metrics, finished } = await train(dialRun({ recipe: flaky, stop: { steps: 2 } }))
    expect(finished).toBe(true)
    for (const line of metrics) {
      expect(line['ledger/failed']).toBeGreaterThanOrEqual(4)
      const parts = ['failed', 'filtered', 'truncated', 'zero_advantage', 'trained'].map(
        (name) => line[`ledger/${name}`],
      )
      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(line['ledger/generated'])
    }
  })

  it('keeps a frozen critic as it was', async () => {
    const critiques = async (frozen: boolean): Promise<string[]> => {
      const { events } = await weightsAfter({
        recipe: { ...dialIcrl(), roles: { critic: { frozen } } },
        stop: { steps: 12 },
      })
      return events
        .at(-1)!
        .samples.filter(({ keys }) => keys.role === 'critic')
        .map(({ version }) => version)
    }
    expect(new Set(await critiques(true))).toEqual(new Set(['table-0']))
    expect(await critiques(false)).not.toContain('table-0')
  })

  it('gives an objective that wants it the reference log-probabilities of the first weights', async () => {
    const recipe = dialIcrl()
    const { events } = await weightsAfter({
      recipe: {
        ...recipe,
        objective: { ...recipe.objective, wants: { old: true, reference: true } },
      },
    })
    for (const sample of events[0].samples)
      expect(sample.referenceLogprobs).toEqual(sample.oldLogprobs)
    expect(
      events
        .at(-1)!
        .samples.some((sample) =>
          sample.referenceLogprobs!.some((value, t) => value !== sample.oldLogprobs![t]),
        ),
    ).toBe(true)
  })

  it('trains two policies, each on its own samples', async () => {
    const make = (): Policy => dialPolicy()
    const policies = { left: make(), right: make() }
    const roles = { solver: dialRoles('left').solver, critic: dialRoles('right').critic }
    await train(
      dialRun({
        policies,
        roles,
        stop: { steps: 12 },
      }),
    )
    expect(policies.left.version).not.toBe('table-0')
    expect(policies.right.version).not.toBe('table-0')
  })
})

describe('what training refuses', () => {
  const refusal = (options: Parameters<typeof dialRun>[0]): Promise<unknown> =>
    train(dialRun(options))
  it.each([
    ['no tasks', { tasks: [] }, 'tasks is empty'],
    ['no evaluation tasks', { evaluation: { tasks: [] } }, 'evaluation.tasks is empty'],
    ['two tasks of one id', { tasks: [dialTasks('a')[0], dialTasks('a')[0]] }, 'twice'],
    [
      'a role without a policy',
      { roles: { ...dialRoles(), solver: { ...dialRoles().solver, policy: 'modle' } } },
      'roles.solver.policy names the policy "modle". Policies are: model.',
    ],
    [
      'a role that another policy is to answer',
      { roles: { ...dialRoles(), critic: { ...dialRoles().critic, by: 'tutor' } } },
      'roles.critic.by names the policy "tutor". Policies are: model.',
    ],
    [
      'a role that nothing answers',
      { roles: { ...dialRoles(), judge: { ...dialRoles().critic, policy: undefined } } },
      'nothing answers roles.judge',
    ],
    [
      'a role without a renderer',
      { roles: { ...dialRoles(), judge: { policy: 'model', sampling: { maxTokens: 1 } } } },
      'roles.judge has no renderer',
    ],
    [
      'a role that the recipe needs and the run lacks',
      { recipe: { ...dialIcrl(), roles: { judge: {} } } },
      'recipe "icrl" needs the role "judge", which is not in roles. Give roles.judge',
    ],
    [
      'a role that the recipe trains and the run does not',
      {
        recipe: { ...dialIcrl(), roles: { solver: { trained: true } } },
        roles: {
          ...dialRoles(),
          solver: { ...dialRoles().solver, by: 'model', policy: undefined },
        },
      },
      'recipe "icrl" trains the role "solver", but roles.solver has no policy. Give roles.solver.policy',
    ],
    [
      'a learning rate of nothing',
      { optimizer: { learningRate: Number.NaN } },
      'optimizer.learningRate is NaN',
    ],
    ['zero steps', { stop: { steps: 0 } }, 'stop.steps is 0'],
    ['resume without a folder', { resume: true }, 'resume needs the folder'],
  ] as const)('%s', async (_, options, message) => {
    await expect(refusal(options as Parameters<typeof dialRun>[0])).rejects.toThrow(message)
  })

  it('a protocol that loses tokens: the ledger does not balance', async () => {
    const losing: Recipe<DialTask> = {
      ...dialIcrl(),
      reward: (sessions) => sessions.flatMap(({ samples }) => samples).slice(0, -1),
    }
    await expect(refusal({ recipe: losing })).rejects.toMatchObject({ code: 'ledger-unbalanced' })
  })

  it('a loss that is no number, naming the sample, with the weights as they were', async () => {
    const policy = dialPolicy()
    const { objective } = dialIcrl()
    const broken: Recipe<DialTask>['objective'] = {
      ...objective,
      evaluate: (unit) =>
        objective.evaluate(unit).map((result) => ({ ...result, value: Number.NaN })),
    }
    await expect(
      refusal({ recipe: { ...dialIcrl(), objective: broken }, policies: { model: policy } }),
    ).rejects.toThrow(/sample "train0.*" *: the loss is NaN/)
    expect(policy.version).toBe('table-0')
  })

  it('advantages that do not fit', async () => {
    await expect(
      refusal({ recipe: { ...dialIcrl(), advantages: () => [1] } }),
    ).rejects.toMatchObject({ code: 'invalid-shape' })
    await expect(
      refusal({ recipe: { ...dialIcrl(), advantages: (samples) => samples.map(() => Infinity) } }),
    ).rejects.toMatchObject({ code: 'non-finite' })
  })
})

it('goes on with a run of 150,000 steps', async () => {
  const folder = memoryRun()
  const done = Array.from({ length: 150_000 }, (_, step) => ({ step }))
  const store: RunStore = {
    open: async (options) => {
      const opened = await folder.open(options)
      return Object.assign(opened, { rewind: async () => done })
    },
  }
  const stop = { steps: 1 }
  const { metrics } = await train(
    dialRun({ folder: store, resume: true, stop, evaluation: undefined }),
  )
  expect(metrics).toHaveLength(done.length + 1)
})
