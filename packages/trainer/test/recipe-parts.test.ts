import { dropTruncated, groupAdvantage, groupBy, meanStd } from '@icrl/advantage'
import { isRebound, stepFile, type Recipe, type Sample, type SessionResult } from '@icrl/core'
import { reinforce, sequenceMeanTokenMean, tokenMean } from '@icrl/objective'
import { curriculum } from '@icrl/recipes'
import { solveOnce } from '@icrl/rollout'
import { describe, expect, it } from 'vitest'
import { train, type StepEvent, type TrainOptions } from '../src/index.ts'
import { replayStep } from '../src/node.ts'
import { dialGrpo, dialIcrl } from './dial-recipes.ts'
import { dialRun } from './dial-run.ts'
import { attempt, dialPolicy, type DialTask } from './dial-task.ts'
import { scratchFolder } from './scratch-folder.ts'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

async function events(
  recipe: Recipe<DialTask>,
  options: Partial<TrainOptions<DialTask>> = {},
): Promise<StepEvent[]> {
  const seen: StepEvent[] = []
  await train(
    dialRun({
      recipe,
      evaluation: undefined,
      stop: { steps: 3 },
      onStep: (event) => seen.push(event),
      ...options,
    }),
  )
  return seen
}

/** One task's four answers, with these rewards; the last one was cut off. */
function scripted(rewards: readonly number[], more: Partial<Recipe<DialTask>>): Recipe<DialTask> {
  const cut = (sample: Sample, i: number): Sample => ({
    ...sample,
    reward: rewards[i],
    finish: i === rewards.length - 1 ? 'length' : 'stop',
  })
  return {
    ...dialGrpo(),
    collect: async (context) => {
      const sessions = await context.run(solveOnce(attempt), context.take(1), rewards.length)
      return sessions.map((session, i): SessionResult => ({
        ...session,
        samples: session.samples.map((sample) => cut(sample, i)),
      }))
    },
    objective: reinforce(),
    aggregation: sequenceMeanTokenMean(),
    advantages: groupAdvantage({ by: groupBy('task'), baseline: meanStd() }),
    ...more,
  }
}

const advantagesOf = (event: StepEvent): (number | undefined)[] =>
  event.samples.map(({ advantages }) => advantages && Number(advantages[0].toFixed(4)))

describe('masks', () => {
  const rewards = [1, 1, 1, 0]

  it('leave a sample out of the loss and in its group', async () => {
    const [masked] = await events(scripted(rewards, { masks: [dropTruncated()] }))
    expect(advantagesOf(masked)).toEqual([0.5, 0.5, 0.5, -1.5])
    expect(masked.samples.map(({ trainLogprobs }) => trainLogprobs !== undefined)).toEqual([
      true,
      true,
      true,
      false,
    ])
    expect(masked.metrics['ledger/truncated']).toBe(masked.samples[3].response.length)
    expect(masked.metrics['policy/loss']).not.toBe(0)
  })

  it('filters change the baseline: without the failure there is nothing to learn', async () => {
    const [filtered] = await events(scripted(rewards, { filters: [dropTruncated()] }))
    expect(advantagesOf(filtered)).toEqual([0, 0, 0, undefined])
    expect(filtered.metrics).not.toHaveProperty('policy/grad_norm')
  })

  it('what the loss is averaged over: the trained samples, or all that were sampled', async () => {
    const loss = async (denominator?: 'trained' | 'sampled'): Promise<number> =>
      (await events(scripted(rewards, { masks: [dropTruncated()], denominator })))[0].metrics[
        'policy/loss'
      ]
    const [byDefault, trained, sampled] = [
      await loss(),
      await loss('trained'),
      await loss('sampled'),
    ]
    expect(byDefault).toBe(trained)
    expect(sampled).toBeCloseTo((trained * 3) / 4, 6)
  })
})

describe('replay', () => {
  const replaying = (keep: (sample: Sample) => boolean, most = 3, steps = 2): Recipe<DialTask> => ({
    ...dialIcrl(),
    replay: { steps, most, keep },
  })
  const guided = (sample: Sample): boolean => isRebound(sample)

  it('adds the newest samples of the last steps to a step, with their advantages', async () => {
    const asked: string[][] = []
    const recipe = replaying(guided)
    const spied: Recipe<DialTask> = {
      ...recipe,
      aggregation: (items) => {
        asked.push((items as readonly Sample[]).map(({ id }) => id))
        return tokenMean()(items)
      },
    }
    const seen = await events(spied)
    const own = seen.map(({ samples }) => new Set(samples.map(({ id }) => id)))
    const joined = asked.map((ids, step) => ids.filter((id) => !own[step].has(id)))
    expect(joined[0]).toEqual([])
    for (const step of [1, 2]) {
      const newest = seen[step - 1].samples.filter(guided).slice(0, 3)
      expect(newest.length).toBe(3)
      expect(joined[step].sort()).toEqual(newest.map(({ id }) => id).sort())
    }
  })

  it('stays out of groups, figures, the ledger and the stored samples', async () => {
    const [plain, replayed] = [await events(dialIcrl()), await events(replaying(guided))]
    expect(replayed[1].samples.map(({ id }) => id)).toEqual(plain[1].samples.map(({ id }) => id))
    expect(replayed[1].samples.map(({ advantages }) => advantages)).toEqual(
      plain[1].samples.map(({ advantages }) => advantages),
    )
    for (const key of ['ledger/generated', 'ledger/trained', 'tokens/sampled_total'])
      expect(replayed[1].metrics[key], key).toBe(plain[1].metrics[key])
    expect(replayed[1].metrics['policy/grad_norm']).not.toBe(plain[1].metrics['policy/grad_norm'])
  })

  it('has old log-probabilities and weights of today, and the behavior of then', async () => {
    const batches: Sample[][] = []
    const seen = await events({
      ...replaying(guided),
      aggregation: (items) => {
        batches.push([...(items as readonly Sample[])])
        return tokenMean()(items)
      },
    })
    for (const step of [1, 2]) {
      const before = new Map(seen[step - 1].samples.map((sample) => [sample.id, sample]))
      const replayed = batches[step].filter(({ id }) => before.has(id))
      expect(replayed.length).toBe(3)
      for (const { id, oldLogprobs, behaviorLogprobs, weights, advantages } of replayed) {
        const then = before.get(id)!
        expect(behaviorLogprobs).toEqual(then.behaviorLogprobs)
        expect(advantages).toEqual(then.advantages)
        expect(oldLogprobs).not.toEqual(then.oldLogprobs)
        weights!.forEach((w, t) =>
          expect(w).toBeCloseTo(Math.exp(oldLogprobs![t] - behaviorLogprobs[t]), 6),
        )
      }
    }
  })

  it('a paused and resumed run has the bytes of one that was not; a step computes again', async () => {
    const recipe = (): Recipe<DialTask> => replaying(guided, 4, 3)
    const [whole, paused] = [await scratchFolder('replay'), await scratchFolder('replay')]
    const stop = { steps: 7 }
    const common = { evaluation: undefined, stop, checkpoints: { every: 2 } }
    await train(dialRun({ ...common, recipe: recipe(), directory: join(whole, 'run') }))
    const abort = new AbortController()
    await train(
      dialRun({
        ...common,
        recipe: recipe(),
        directory: join(paused, 'run'),
        signal: abort.signal,
        onStep: ({ step }) => step === 4 && abort.abort(),
      }),
    )
    await train(
      dialRun({ ...common, recipe: recipe(), directory: join(paused, 'run'), resume: true }),
    )
    const read = (folder: string, file: string): Promise<string> =>
      readFile(join(folder, 'run', file), 'utf8')
    for (const file of ['metrics.jsonl', `samples/${stepFile(6)}`, 'model/table.json'])
      expect(await read(paused, file), file).toBe(await read(whole, file))
    const again = await replayStep({
      options: dialRun({ ...common, recipe: recipe() }),
      directory: join(whole, 'run'),
      step: 5,
    })
    expect(again.metrics).toEqual(again.stored)
  })

  it.each([
    [{ steps: 0, most: 1 }, /recipe\.replay\.steps is 0/],
    [{ steps: 1, most: 0.5 }, /recipe\.replay\.most is 0\.5/],
  ])('refuses %j at the start', async (sizes, message) => {
    const recipe = { ...dialIcrl(), replay: { ...sizes, keep: guided } }
    await expect(events(recipe)).rejects.toThrow(message)
  })
})

describe('copies', () => {
  /** Every guided success is trained under the prompt it was sampled under, too. */
  const mirrored: Recipe<DialTask> = {
    ...dialIcrl(),
    copies: (samples) =>
      samples
        .filter((one) => isRebound(one) && one.reward === 1)
        .map(({ id, sampledUnder }) => ({ of: id, trainedUnder: sampledUnder })),
  }

  it('are trained under their own prompt with their source’s advantage, outside all groups', async () => {
    const batches: Sample[][] = []
    const [first] = await events({
      ...mirrored,
      aggregation: (items) => {
        batches.push([...(items as readonly Sample[])])
        return tokenMean()(items)
      },
    })
    const copies = batches[0].filter(({ id }) => id.endsWith('+copy1'))
    expect(copies.length).toBeGreaterThan(1)
    for (const copy of copies) {
      const source = batches[0].find(({ id }) => id === copy.parents[0])!
      expect(copy.trainedUnder).toBe(source.sampledUnder)
      expect(copy.advantages).toEqual(source.advantages)
      expect(copy.oldLogprobs).toEqual(source.behaviorLogprobs)
    }
    const [plain] = await events(dialIcrl())
    expect(first.samples.map(({ id, advantages }) => [id, advantages])).toEqual(
      plain.samples.map(({ id, advantages }) => [id, advantages]),
    )
    expect(first.metrics['ledger/generated']).toBe(plain.metrics['ledger/generated'])
  })

  it('book what they train to their source', async () => {
    const onlyCopies: Recipe<DialTask> = {
      ...mirrored,
      aggregation: (items) =>
        (items as readonly Sample[]).map(({ id, mask }) =>
          new Float32Array(mask.length).fill(id.includes('+copy') ? 1 : 0),
        ),
    }
    const [{ metrics, samples }] = await events(onlyCopies)
    const copied = samples.filter((one) => isRebound(one) && one.reward === 1)
    const tokens = copied
      .filter(({ advantages }) => advantages![0] !== 0)
      .reduce((sum, { response }) => sum + response.length, 0)
    expect(tokens).toBeGreaterThan(0)
    expect(metrics['ledger/trained']).toBe(tokens)
  })

  it('of masked samples are not made: they are not among those to copy', async () => {
    const given: string[] = []
    const masked: Recipe<DialTask> = {
      ...dialIcrl(),
      masks: [(samples) => ({ kept: samples.filter(({ keys }) => keys.role === 'solver') })],
      copies: (samples) => {
        given.push(...samples.map(({ keys }) => keys.role))
        return []
      },
    }
    await events(masked, { stop: { steps: 1 } })
    expect(new Set(given)).toEqual(new Set(['solver']))
  })

  it('of samples that are not of the step are refused', async () => {
    const wrong = { ...dialIcrl(), copies: () => [{ of: 'x', trainedUnder: Int32Array.of(1) }] }
    await expect(events(wrong)).rejects.toThrow(/a copy is of the sample "x", which is not one/)
  })
})

describe('a curriculum', () => {
  const swapped = (): Recipe<DialTask> =>
    curriculum([
      { steps: 2, recipe: { ...dialGrpo(), objective: reinforce() } },
      { steps: 1, recipe: dialIcrl() },
    ])

  it('swaps the recipe on the way, and the last stage lasts', async () => {
    const seen = await events(swapped(), { stop: { steps: 5 } })
    expect(seen.map(({ samples }) => samples.some(({ keys }) => keys.role === 'critic'))).toEqual([
      false,
      false,
      true,
      true,
      true,
    ])
    const [first] = await events({ ...dialGrpo(), objective: reinforce() })
    expect(seen[0].metrics).toEqual(first.metrics)
  })

  it('stores all stages, and gives the bytes of an uninterrupted run when resumed', async () => {
    expect(swapped().options).toEqual({
      stages: [
        { steps: 2, name: 'grpo', options: dialGrpo().options },
        { steps: 1, name: 'icrl', options: dialIcrl().options },
      ],
    })
    const [whole, paused] = [await scratchFolder('stages'), await scratchFolder('stages')]
    const run = (directory: string, more: Partial<TrainOptions<DialTask>> = {}): Promise<unknown> =>
      train(
        dialRun({
          recipe: swapped(),
          evaluation: undefined,
          stop: { steps: 4 },
          directory: join(directory, 'run'),
          ...more,
        }),
      )
    const abort = new AbortController()
    await run(whole)
    await run(paused, { signal: abort.signal, onStep: ({ step }) => step === 1 && abort.abort() })
    await run(paused, { resume: true })
    const metrics = (folder: string): Promise<string> =>
      readFile(join(folder, 'run', 'metrics.jsonl'), 'utf8')
    expect(await metrics(paused)).toBe(await metrics(whole))
  })

  it('may hold another curriculum', async () => {
    const nested = curriculum([
      { steps: 1, recipe: dialIcrl() },
      { steps: 3, recipe: swapped() },
    ])
    const seen = await events(nested, { stop: { steps: 5 } })
    expect(seen.map(({ samples }) => samples.some(({ keys }) => keys.role === 'critic'))).toEqual([
      true,
      false,
      false,
      true,
      true,
    ])
  })

  it('knows the roles of all its stages at the start', async () => {
    const staged = curriculum([
      { steps: 1, recipe: { ...dialGrpo(), roles: { solver: { trained: true } } } },
      { steps: 1, recipe: { ...dialIcrl(), roles: { judge: {} } } },
    ])
    await expect(events(staged)).rejects.toThrow(/"judge"/)
  })

  it('refuses no stages, a stage of no steps, and a role that is frozen only in one', () => {
    expect(() => curriculum([])).toThrow('there are no stages')
    expect(() => curriculum([{ steps: 0, recipe: dialGrpo() }])).toThrow('stages[0].steps is 0')
    const frozen = { ...dialIcrl(), roles: { critic: { frozen: true } } }
    expect(() =>
      curriculum([
        { steps: 1, recipe: frozen },
        { steps: 1, recipe: { ...frozen, roles: { critic: {} } } },
      ]),
    ).toThrow('"critic" is frozen in one stage')
  })
})

describe('a collector', () => {
  /** A recipe that collects like this, and what `body` found in each step. */
  async function collecting<Found>(
    body: (context: Parameters<Recipe<DialTask>['collect']>[0]) => Promise<Found>,
    options: Partial<TrainOptions<DialTask>> = {},
  ): Promise<Found[]> {
    const found: Found[] = []
    const recipe = dialGrpo()
    await events(
      {
        ...recipe,
        collect: async (context) => {
          found.push(await body(context))
          return recipe.collect(context)
        },
      },
      options,
    )
    return found
  }

  it('draws from the run’s own stream: another for each seed, step and name', async () => {
    const draw = (seed: number): Promise<number[][]> =>
      collecting(async ({ random }) => ['a', 'b'].map((name) => random(name).uniform(0)), { seed })
    const [zero, again, one] = [await draw(0), await draw(0), await draw(1)]
    expect(again).toEqual(zero)
    expect(new Set([...zero.flat(), ...one.flat()]).size).toBe(12)
  })

  it('runs again on the same tasks without repeating draws', async () => {
    const [answers] = await collecting(async (context) => {
      const tasks = context.take(1)
      const run = async (firstSession?: number): Promise<readonly SessionResult[]> =>
        context.run(solveOnce(attempt), tasks, 4, { firstSession })
      const [first, same, more] = [await run(), await run(0), await run(4)]
      const said = (sessions: readonly SessionResult[]): string[] =>
        sessions.map(({ samples }) => samples[0].behaviorLogprobs.join())
      return {
        same: said(same).join('|') === said(first).join('|'),
        ids: new Set([...first, ...more].flatMap(({ samples }) => samples.map(({ id }) => id))),
        numbers: more.map(({ session }) => session),
      }
    })
    expect(answers.same).toBe(true)
    expect(answers.ids.size).toBe(8)
    expect(answers.numbers).toEqual([4, 5, 6, 7])
  })

  it('takes the tasks that satisfy a predicate', async () => {
    const [taken] = await collecting(async ({ take }) => [
      take(2, ({ lock }) => lock === 'iron').map(({ lock }) => lock),
      take(1, () => false),
    ])
    expect(taken).toEqual([['iron', 'iron'], []])
  })

  it('scores samples and remembers, across steps', async () => {
    const policy = dialPolicy()
    const seen = await collecting(
      async ({ run, take, score, memory }) => {
        const [{ samples }] = await run(solveOnce(attempt), take(1), 1, { firstSession: 90 })
        const [{ logprobs }] = await score(samples, { prompt: 'sampledUnder' })
        const known = (memory.get() ?? {}) as { readonly steps?: number }
        const before = known.steps ?? 0
        memory.set({ ...known, steps: before + 1 })
        return { before, same: logprobs.join() === samples[0].behaviorLogprobs.join() }
      },
      { policies: { model: policy } },
    )
    expect(seen).toEqual([0, 1, 2].map((before) => ({ before, same: true })))
  })
})

describe('a reward that is no finite number', () => {
  const setting = (more: Partial<Record<keyof Sample, unknown>>): Recipe<DialTask> => ({
    ...dialGrpo(),
    reward: (sessions) =>
      sessions.flatMap(({ samples }) =>
        samples.map((sample) => ({ ...sample, ...more }) as Sample),
      ),
  })

  it.each<[string, Recipe<DialTask>, RegExp]>([
    ...[true, '1', null, undefined, NaN].map((reward): [string, Recipe<DialTask>, RegExp] => [
      `${typeof reward} ${reward}`,
      setting({ reward }),
      /sample ".*": the reward is/,
    ]),
    [
      'a component',
      setting({ rewards: { outcome: 1, format: NaN } }),
      /"format" of its reward is NaN/,
    ],
    ['success', setting({ success: 'yes' }), /sample ".*": success is "yes"/],
    [
      'an outcome that a collector made',
      {
        ...dialGrpo(),
        collect: async () => [
          {
            task: 't',
            session: 0,
            samples: [],
            transcript: [],
            outcomes: [{ reward: true as never, success: true }],
          },
        ],
      },
      /session 0 of task "t": the reward is true/,
    ],
  ])('of a reward rule ends the run: %s', async (_, recipe, message) => {
    await expect(events(recipe)).rejects.toThrow(message)
  })
})
