import type { Capability, Policy, Recipe } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { train, type TrainOptions } from '../src/index.ts'
import { dialGrpo, dialIcrl } from './dial-recipes.ts'
import { dialRun } from './dial-run.ts'
import { dialPolicy, dialRoles, dialTasks, type DialTask } from './dial-task.ts'

/** The policy with other parts, or without a capability. */
function engine(
  policy: Policy,
  { without, ...parts }: { without?: Capability } & Partial<Policy>,
): Policy {
  return new Proxy(policy, {
    get(target, name) {
      if (name === 'capabilities')
        return new Set([...target.capabilities].filter((one) => one !== without))
      if (name in parts) return Reflect.get(parts, name) as unknown
      const value = Reflect.get(target, name) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

const short = { evaluation: undefined, stop: { steps: 3 } }

describe('an engine that tells no gradient norm and has temperature 1 only', () => {
  const sparse = (): Policy => {
    const policy = dialPolicy()
    return engine(policy, {
      without: 'temperature',
      step: async (options) => ({ version: (await policy.step(options)).version }),
    })
  }

  it('trains to the same figures, but for the norm that nobody told', async () => {
    const whole = await train(dialRun(short))
    const { metrics } = await train(dialRun({ ...short, policies: { model: sparse() } }))
    expect(metrics).toEqual(whole.metrics.map(({ 'policy/grad_norm': _, ...others }) => others))
  })

  const at = (temperature: number): TrainOptions<DialTask>['roles'] => {
    const { solver, critic } = dialRoles()
    return { solver: { ...solver, sampling: { ...solver.sampling, temperature } }, critic }
  }

  it.each<[string, Partial<TrainOptions<DialTask>>, string]>([
    ['a role', { roles: at(0.7) }, 'roles.solver.sampling.temperature is 0.7, and policies.model'],
    [
      'an evaluation',
      { evaluation: { tasks: dialTasks('test'), sampling: { solver: { temperature: 0.6 } } } },
      'evaluation.sampling.solver.temperature is 0.6',
    ],
    [
      'a set of an evaluation',
      {
        evaluation: {
          sets: { hard: { tasks: dialTasks('test'), sampling: { critic: { temperature: 2 } } } },
        },
      },
      'evaluation.sets.hard.sampling.critic.temperature is 2',
    ],
    [
      'a role that it answers for another',
      { roles: { ...at(0.7), solver: { ...at(0.7).solver, by: sparse() } } },
      'roles.solver.sampling.temperature is 0.7',
    ],
  ])('is refused another temperature of %s at the start', async (_, options, message) => {
    const run = train(dialRun({ ...short, policies: { model: sparse() }, ...options }))
    await expect(run).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(run).rejects.toThrow(message)
  })

  it('may be greedy in an evaluation', async () => {
    const evaluation = {
      tasks: dialTasks('test'),
      sampling: { solver: { temperature: 0 }, critic: { temperature: 0 } },
    }
    const { summary } = await train(
      dialRun({ ...short, policies: { model: sparse() }, evaluation }),
    )
    expect(summary.eval_final).toBeGreaterThanOrEqual(0)
  })
})

describe('skipNonFinite', () => {
  /** GRPO in two minibatches, whose loss is NaN in every call that `isBad` names. */
  function failing(isBad: (call: number) => boolean): Recipe<DialTask> {
    const recipe = dialGrpo({ minibatches: 2 })
    let call = 0
    return {
      ...recipe,
      advantages: (samples) => samples.map(({ reward }) => reward + 0.5),
      aggregation: (items) => {
        const rows = recipe.aggregation(items)
        return isBad(call++) ? rows.map((row) => row.map(() => Number.NaN)) : rows
      },
    }
  }

  it('without it the run ends at the bad batch, with the weights as they were', async () => {
    const policy = dialPolicy()
    const run = train(
      dialRun({ ...short, recipe: failing((call) => call === 0), policies: { model: policy } }),
    )
    await expect(run).rejects.toMatchObject({ code: 'non-finite' })
    expect(policy.version).toBe(dialPolicy().version)
  })

  it('leaves the bad batch out, counts it and its tokens, and goes on', async () => {
    const { metrics } = await train(
      dialRun({ ...short, recipe: failing((call) => call === 2), skipNonFinite: true }),
    )
    expect(metrics.map((line) => line['policy/skipped_steps'])).toEqual([0, 1, 0])
    const [whole, skipped] = metrics
    expect(whole['ledger/filtered']).toBe(0)
    expect(skipped['ledger/filtered']).toBeGreaterThan(0)
    expect(skipped['ledger/trained']).toBeGreaterThan(0)
    expect(metrics.flatMap((line) => Object.values(line)).every(Number.isFinite)).toBe(true)
  })

  it('nothing of a bad batch stays accumulated: the next one steps as it would alone', async () => {
    const after = async (isBad: (call: number) => boolean): Promise<Float32Array> => {
      const policy = dialPolicy()
      await train(
        dialRun({
          ...short,
          stop: { steps: 1 },
          recipe: { ...failing(isBad), minibatches: 1, epochs: 2 },
          policies: { model: policy },
          skipNonFinite: true,
        }),
      )
      const [{ logprobs }] = await policy.score([
        { prompt: Int32Array.of(1, 24), response: Int32Array.of(3, 4, 5, 0), temperature: 1 },
      ])
      return logprobs
    }
    expect(await after((call) => call === 0)).toEqual(await after((call) => call === 1))
    expect(await after(() => false)).not.toEqual(await after((call) => call === 1))
  })

  it('other errors still end the run', async () => {
    const recipe: Recipe<DialTask> = {
      ...dialIcrl(),
      objective: {
        name: 'broken',
        evaluate: () => {
          throw new Error('not a number’s fault')
        },
      },
    }
    await expect(train(dialRun({ ...short, recipe, skipNonFinite: true }))).rejects.toThrow(
      'not a number’s fault',
    )
  })
})
