import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { rolloutCorrection } from '@icrl/calibration'
import { isRebound, type Policy, type Recipe, type Snapshot } from '@icrl/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { train, type StepEvent, type TrainOptions, type TrainResult } from '../src/index.ts'
import { replayStep } from '../src/node.ts'
import { dialIcrl } from './dial-recipes.ts'
import { dialRun } from './dial-run.ts'
import { dialPolicy, dialTasks, type DialTask } from './dial-task.ts'
import { remembering } from './remembering-recipe.ts'
import { dialKl, scheduledRun } from './scheduled-run.ts'
import { scratchFolder } from './scratch-folder.ts'

type Options = Partial<TrainOptions<DialTask>>

const stale = (staleness: number): Options => ({ asynchronous: { staleness } })
const corrected = (staleness: number): Options => ({
  asynchronous: { staleness },
  correction: rolloutCorrection(),
})
/** Small, but with an evaluation on the way. */
const brief = (options: Options): TrainOptions<DialTask> =>
  dialRun({
    recipe: dialIcrl({ queries: 2, sessions: 4 }),
    evaluation: { tasks: dialTasks('test').slice(0, 2), every: 3 },
    ...options,
  })

interface Seen {
  readonly events: readonly StepEvent[]
  /** Of the weights after so many steps. */
  readonly versions: readonly string[]
  readonly snapshots: ReadonlyMap<string, Snapshot>
}

/** Runs, and keeps the weights before each step. */
async function watched(options: Options): Promise<Seen> {
  const policy = dialPolicy()
  const kept: Promise<Snapshot>[] = []
  const versions: string[] = []
  const events: StepEvent[] = []
  const keep = (): void => {
    versions.push(policy.version)
    kept.push(policy.snapshot())
  }
  keep()
  const onStep = (event: StepEvent): void => {
    events.push(event)
    keep()
  }
  await train(brief({ policies: { model: policy }, onStep, ...options }))
  const snapshots = await Promise.all(kept)
  return { events, versions, snapshots: new Map(versions.map((one, i) => [one, snapshots[i]])) }
}

/** The policy, whose generations each take some turns of the event loop. */
function slowed(policy: Policy, turns: () => number): Policy {
  const slow = <Of extends object>(of: Of & Pick<Policy, 'sample'>): Of =>
    new Proxy(of, {
      get(target, name) {
        if (name === 'sample')
          return async (...request: Parameters<Policy['sample']>) => {
            for (let i = turns(); i > 0; i--) await new Promise(setImmediate)
            return target.sample(...request)
          }
        if (name === 'snapshot') return async () => slow(await policy.snapshot())
        const value = Reflect.get(target, name) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  return slow(policy)
}

it('staleness 0 is the synchronous loop, byte for byte', async () => {
  const plain = await train(brief({}))
  const none = await train(brief(stale(0)))
  expect((await train(brief(corrected(0)))).metrics).toEqual(plain.metrics)
  expect(none.summary.metrics_sha256).toBe(plain.summary.metrics_sha256)
  expect(Object.keys(none.metrics[0])).toEqual(Object.keys(plain.metrics[0]))
})

describe.each([1, 3])('staleness %i', (staleness) => {
  it('learns in step s from the weights after s − staleness steps, never from older ones', async () => {
    const { events, versions } = await watched({
      ...stale(staleness),
      recipe: dialIcrl(),
      evaluation: undefined,
    })
    expect(new Set(versions).size).toBeGreaterThan(4)
    for (const { step, samples, metrics } of events) {
      const from = Math.max(0, step - staleness)
      expect(new Set(samples.map(({ version }) => version))).toEqual(new Set([versions[from]]))
      expect(metrics['staleness/steps']).toBe(step - from)
      const isStale = versions[from] !== versions[step]
      expect(metrics['staleness/stale_fraction']).toBe(Number(isStale))
      expect(metrics['ledger/stale']).toBe(isStale ? metrics['ledger/generated'] : 0)
    }
    expect(events.at(-1)!.metrics['staleness/kl']).toBeGreaterThan(0)
  })

  it('meets every task once before any is met again', async () => {
    const { events } = await watched({
      ...stale(staleness),
      recipe: dialIcrl({ queries: 8 / (staleness + 1), sessions: 1 }),
      stop: { steps: 2 * (staleness + 1) },
    })
    const taken = events.flatMap(({ sessions }) => sessions.map(({ task }) => task))
    expect(new Set(taken.slice(0, 8)).size).toBe(8)
    expect(new Set(taken.slice(8)).size).toBe(8)
  })

  it('is the same, whatever takes how long', async () => {
    let turn = 0
    const paces = [() => 0, () => turn++ % 7, () => (turn++ % 40 === 0 ? 60 : 0)]
    const sums: string[] = []
    for (const pace of staleness > 1 ? paces : paces.slice(1)) {
      const policies = { model: slowed(dialPolicy(), pace) }
      const { summary } = await train(brief({ policies, ...corrected(staleness) }))
      sums.push(summary.metrics_sha256)
    }
    expect(new Set(sums).size).toBe(1)
  })
})

describe('samples of weights that have moved on', () => {
  it('have old log-probabilities of those weights, rebound ones under the trained prompt', async () => {
    const { events, snapshots } = await watched({
      ...stale(2),
      recipe: dialIcrl(),
      evaluation: undefined,
    })
    const samples = events.slice(3).flatMap((event) => event.samples)
    expect(samples.filter(isRebound).length).toBeGreaterThan(5)
    for (const { version, trainedUnder: prompt, response, ...sample } of samples) {
      const [{ logprobs }] = await snapshots
        .get(version)!
        .score([{ prompt, response, temperature: 1 }])
      expect(sample.oldLogprobs).toEqual(logprobs)
      expect(sample.correction).toBeUndefined()
      sample.weights?.forEach((weight, t) =>
        expect(weight).toBeCloseTo(Math.exp(logprobs[t] - sample.behaviorLogprobs[t]), 4),
      )
    }
  })

  it('are corrected where there is a correction, and old is then of the weights that learn', async () => {
    const { events, versions, snapshots } = await watched({
      recipe: dialIcrl(),
      evaluation: undefined,
      asynchronous: { staleness: 1 },
      correction: rolloutCorrection({ high: Infinity }),
    })
    const { step, samples, metrics } = events.at(-1)!
    const now = snapshots.get(versions[step])!
    for (const { trainedUnder: prompt, response, ...sample } of samples) {
      const [{ logprobs }] = await now.score([{ prompt, response, temperature: 1 }])
      expect(sample.oldLogprobs).toEqual(logprobs)
      // c_t · w_t takes the weights and the prompt that sampled to those that are trained.
      sample.correction!.forEach((c, t) =>
        expect(Math.log(c * (sample.weights?.[t] ?? 1))).toBeCloseTo(
          logprobs[t] - sample.behaviorLogprobs[t],
          4,
        ),
      )
    }
    expect(metrics['correction/sample_fraction']).toBe(1)
  })

  it('keep the correction that the recipe has', async () => {
    const recipe = { ...dialIcrl(), correction: rolloutCorrection({ high: 1e-9 }) }
    const { events } = await watched({ ...corrected(1), recipe, evaluation: undefined })
    expect(events.at(-1)!.metrics['correction/weight_mean']).toBeLessThan(1e-8)
  })

  it('are compared with what scored them before it went, and an exact policy is found exact', async () => {
    const { events } = await watched({ ...stale(1), recipe: dialIcrl(), stop: { steps: 4 } })
    expect(events[3].metrics['staleness/stale_fraction']).toBe(1)
    expect(events[3].metrics['policy/mismatch_max']).toBe(0)
  })
})

it.each([
  ['1, with the ratio to the weights that sampled', stale(1)],
  ['2, corrected', corrected(2)],
])(
  'learns what the synchronous loop learns, at staleness %s',
  async (_, mode) => {
    const evaluation = { tasks: dialTasks('test'), every: 45, repeats: 4 }
    const { summary } = await train(dialRun({ evaluation, stop: { steps: 45 }, ...mode }))
    expect(summary.eval_initial).toBeLessThan(0.05)
    expect(summary.eval_final).toBeGreaterThan(0.6)
  },
  20_000,
)

describe('a run that is interrupted', () => {
  let root: string
  beforeEach(async () => {
    root = await scratchFolder('asynchronous')
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  const whole = (name: string, options: Options): TrainOptions<DialTask> =>
    scheduledRun({
      recipe: remembering(dialIcrl({ queries: 2, sessions: 4 })),
      directory: join(root, name),
      stop: { steps: 12 },
      checkpoints: { every: 2 },
      evaluation: { tasks: dialTasks('test').slice(0, 2), every: 4 },
      ...options,
    })
  const bytes = (name: string): Promise<string[]> =>
    Promise.all(
      ['metrics.jsonl', 'samples/step-00011.jsonl', 'model/table.json'].map((file) =>
        readFile(join(root, name, file), 'utf8'),
      ),
    )
  const gone = new Error('killed')

  it.each([
    ['staleness 1', stale(1)],
    ['staleness 2, corrected', corrected(2)],
  ])('goes on to the same bytes: %s', async (_, mode) => {
    const straight = await train(whole('whole', mode))
    let result: TrainResult | undefined
    for (const last of [0, 2, 5, 6, 9, 99]) {
      const onStep = ({ step }: StepEvent): void => {
        if (step >= last) throw gone
      }
      result = await train(whole('broken', { ...mode, resume: true, onStep })).catch(
        (error: unknown) => {
          if (error !== gone) throw error
          return undefined
        },
      )
    }
    expect(result?.summary.metrics_sha256).toBe(straight.summary.metrics_sha256)
    expect(await bytes('broken')).toEqual(await bytes('whole'))
  })

  it('goes on to the same bytes after a signal, which drops what is under way', async () => {
    await train(whole('whole', stale(2)))
    for (let sessions = 20; ; sessions += 60) {
      const controller = new AbortController()
      let left = sessions
      const { finished } = await train(
        whole('broken', {
          ...stale(2),
          resume: true,
          signal: controller.signal,
          policies: { model: slowed(dialPolicy(), () => 1) },
          onSession: () => {
            if (left-- === 0) controller.abort()
          },
        }),
      )
      if (finished) break
    }
    expect(await bytes('broken')).toEqual(await bytes('whole'))
  })

  it('goes on to the same bytes after it was paused between two steps', async () => {
    await train(whole('whole', stale(2)))
    let pauses = 0
    for (;;) {
      const { finished } = await train(
        whole('broken', {
          ...stale(2),
          resume: true,
          maxMinutes: 0.05 / 60,
          checkpoints: { every: 50 },
          // All steps together take longer than that on any machine.
          onSession: () => {
            const end = performance.now() + 2
            while (performance.now() < end);
          },
        }),
      )
      if (finished) break
      expect(++pauses).toBeLessThan(100)
    }
    expect(pauses).toBeGreaterThan(0)
    expect(await bytes('broken')).toEqual(await bytes('whole'))
  }, 20_000)

  it.each([
    ['the checkpoint before', 1, { every: 2 }, [2]],
    ['one that is kept for that', 3, { every: 1, keep: 1 }, [3]],
  ])('is extended from %s', async (_, staleness, checkpoints, left) => {
    const steps = staleness + left[0]
    await train(whole('short', { ...stale(staleness), checkpoints, stop: { steps } }))
    const folder = join(root, 'short', 'checkpoints')
    const kept = (await readdir(folder)).filter((name) => name.startsWith('step-')).sort()
    expect(kept.slice(-2)).toEqual([left[0], steps].map((step) => `step-0000${step}`))
    const resume = (): Promise<TrainResult> =>
      train(whole('short', { ...stale(staleness), checkpoints, resume: true }))
    // What it would learn from next was never sampled.
    await expect(resume()).rejects.toMatchObject({ code: 'run-conflict' })
    await expect(resume()).rejects.toThrow(
      new RegExp(
        `the checkpoint of step ${steps} does not hold what was sampled for step ${steps}.*Delete the folders of checkpoints after step-0000${left[0]}:`,
        's',
      ),
    )
    await rm(join(folder, `step-0000${steps}`), { recursive: true })
    await resume()
    await train(whole('whole', stale(staleness)))
    expect(await bytes('short')).toEqual(await bytes('whole'))
  })

  it('says so where it was too short to be extended', async () => {
    await train(whole('short', { ...stale(3), stop: { steps: 2 } }))
    await expect(train(whole('short', { ...stale(3), resume: true }))).rejects.toThrow(
      /too short to be extended/,
    )
  })

  it('is refused another staleness', async () => {
    await train(whole('run', { ...stale(1), stop: { steps: 2 } }))
    await expect(train(whole('run', { ...stale(2), resume: true }))).rejects.toThrow(
      /asynchronous.staleness/,
    )
  })

  it.each([
    ['with the ratio to the weights that sampled', stale(2)],
    ['corrected', corrected(2)],
  ])('can have its steps computed again, %s', async (_, mode) => {
    const recipe = dialKl({ queries: 2, sessions: 4 })
    const options = (): TrainOptions<DialTask> =>
      whole('run', { ...mode, recipe, stop: { steps: 8 } })
    await train(options())
    const { metrics, stored } = await replayStep({
      options: options(),
      directory: join(root, 'run'),
      step: 7,
    })
    expect(metrics['policy/grad_norm']).toBeGreaterThan(0)
    expect(metrics).toEqual(stored)
  })
})

describe('what is refused', () => {
  it('a policy without snapshots, by name', async () => {
    const policy = dialPolicy()
    const bare = new Proxy(policy, {
      get: (target, name) =>
        name === 'capabilities'
          ? new Set([...target.capabilities].filter((one) => one !== 'snapshot'))
          : (Reflect.get(target, name) as unknown),
    })
    const run = train(brief({ policies: { model: bare }, ...stale(1) }))
    await expect(run).rejects.toMatchObject({ code: 'unsupported' })
    await expect(run).rejects.toThrow(/policies\.model has no snapshots/)
  })

  it.each([-1, 0.5, Number.NaN])('a staleness of %d', async (staleness) => {
    await expect(train(brief(stale(staleness)))).rejects.toThrow(/asynchronous\.staleness is/)
  })

  it('a recipe that remembers while it collects', async () => {
    const plain = dialIcrl()
    const recipe: Recipe<DialTask> = {
      ...plain,
      collect: (context) => {
        context.memory.set({ seen: 1 })
        return plain.collect(context)
      },
    }
    const run = train(brief({ recipe, ...stale(1) }))
    await expect(run).rejects.toMatchObject({ code: 'unsupported' })
    await expect(run).rejects.toThrow(/recipe "icrl" remembers something while it collects/)
  })
})

it('what fails ahead ends the run at its step, and no snapshot stays', async () => {
  const policy = dialPolicy()
  let held = 0
  const counted = new Proxy(policy, {
    get(target, name) {
      if (name === 'snapshot')
        return async () => {
          const snapshot = await target.snapshot()
          held++
          return {
            sample: snapshot.sample.bind(snapshot),
            score: snapshot.score.bind(snapshot),
            [Symbol.asyncDispose]: async () => void held--,
          }
        }
      const value = Reflect.get(target, name) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const plain = dialIcrl({ queries: 2, sessions: 4 })
  const recipe: Recipe<DialTask> = {
    ...plain,
    collect: (context) => {
      if (context.step === 3) throw new Error('the environment is gone')
      return plain.collect(context)
    },
  }
  const steps: number[] = []
  const onStep = ({ step }: StepEvent): void => void steps.push(step)
  const run = train(brief({ policies: { model: counted }, recipe, onStep, ...stale(2) }))
  await expect(run).rejects.toThrow('the environment is gone')
  expect(steps).toEqual([0, 1, 2])
  expect(held).toBe(0)
})
