import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Policy, Scorer } from '@icrl/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  learningRateAt,
  train,
  type StepEvent,
  type TrainOptions,
  type TrainResult,
} from '../src/index.ts'
import { replayStep } from '../src/node.ts'
import { dialRun } from './dial-run.ts'
import { dialBiases, dialPolicy, dialRoles, type DialTask } from './dial-task.ts'
import { dialKl, scheduledRun } from './scheduled-run.ts'
import { scratchFolder } from './scratch-folder.ts'

let root: string
beforeEach(async () => {
  root = await scratchFolder('options')
})
afterEach(() => rm(root, { recursive: true, force: true }))

const untaught = (): Policy => dialPolicy()
const read = (...parts: string[]): Promise<string> => readFile(join(root, ...parts), 'utf8')

async function watched(
  options: TrainOptions<DialTask>,
): Promise<TrainResult & { readonly events: readonly StepEvent[] }> {
  const events: StepEvent[] = []
  const result = await train({ ...options, onStep: (event) => events.push(event) })
  return { ...result, events }
}

describe('a schedule', () => {
  it('sets the rate of every step, and is in its metrics', async () => {
    const { metrics } = await train(scheduledRun())
    const schedule = { peak: 0.05, warmup: 2, decay: 'cosine', steps: 80, floor: 0.01 } as const
    expect(metrics.map((line) => line['policy/learning_rate'])).toEqual(
      [0, 1, 2, 3, 4, 5].map((step) => learningRateAt(schedule, step)),
    )
  })

  it('of one rate is that rate; a number alone is in no metric', async () => {
    const plain = await train(dialRun())
    const constant = await train(
      dialRun({ optimizer: { learningRate: { peak: 0.05 }, clipNorm: 1 } }),
    )
    expect(plain.metrics[0]).not.toHaveProperty('policy/learning_rate')
    expect(
      constant.metrics.map(({ 'policy/learning_rate': rate, ...line }) => {
        expect(rate).toBe(0.05)
        return line
      }),
    ).toEqual(plain.metrics)
  })

  it('leaves the weights alone once it has fallen to zero', async () => {
    const learningRate = { peak: 0.05, decay: 'linear', steps: 2 } as const
    const [short, long] = await Promise.all(
      [2, 5].map(async (steps) => {
        const model = untaught()
        await train(dialRun({ policies: { model }, stop: { steps }, optimizer: { learningRate } }))
        return model.score([
          { prompt: Int32Array.of(1, 9), response: Int32Array.of(3, 4, 0), temperature: 1 },
        ])
      }),
    )
    expect(long).toEqual(short)
  })

  it('and a renewed reference give equal bytes to a run that was paused, and a replayed step', async () => {
    for (const stopAfter of [1, 2, 4, 5]) {
      const directory = join(root, `paused-${stopAfter}`)
      const pause = new AbortController()
      await train(
        scheduledRun({
          directory,
          signal: pause.signal,
          checkpoints: { keep: 1, every: 100 },
          onStep: ({ step }) => {
            if (step === stopAfter) pause.abort()
          },
        }),
      )
      await train(scheduledRun({ directory, resume: true, checkpoints: { keep: 1, every: 100 } }))
    }
    const directory = join(root, 'whole')
    await train(scheduledRun({ directory, checkpoints: { keep: 1, every: 100 } }))
    for (const file of ['metrics.jsonl', 'model/table.json', 'samples/step-00005.jsonl'])
      for (const stopAfter of [1, 2, 4, 5])
        expect(await read(`paused-${stopAfter}`, file), `${stopAfter} ${file}`).toBe(
          await read('whole', file),
        )
    for (const step of [2, 4, 5]) {
      const replayed = await replayStep({ options: scheduledRun(), directory, step })
      expect(replayed.metrics).toEqual(replayed.stored)
      expect(replayed.metrics['policy/learning_rate']).toBeGreaterThan(0)
    }
  }, 60_000)

  it('keeps the checkpoints that a renewed reference needs, as long as it does', async () => {
    const directory = join(root, 'kept')
    const kept = async (steps: number): Promise<string[]> => {
      await train(
        scheduledRun({
          directory,
          resume: true,
          stop: { steps: 8 },
          checkpoints: { keep: 1, every: 1 },
          onStep: ({ step }) => {
            if (step === steps) throw new Error('stop here')
          },
        }),
      ).catch(() => undefined)
      return (await readdir(join(directory, 'checkpoints'))).filter((name) => name !== 'latest')
    }
    expect(await kept(4)).toEqual(['step-00003', 'step-00005'])
    expect(await kept(6)).toEqual(['step-00006', 'step-00007'])
  })
})

describe('a run that is resumed', () => {
  const folder = (name: string): Pick<TrainOptions, 'directory'> => ({
    directory: join(root, name),
  })
  const run = (
    name: string,
    steps: number,
    more: Partial<TrainOptions<DialTask>> = {},
  ): Promise<TrainResult> =>
    train(scheduledRun({ ...folder(name), stop: { steps }, launch: { steps }, ...more }))

  async function bytesOf(name: string): Promise<Record<string, string>> {
    const inside = async (part: string): Promise<string[]> =>
      (await readdir(join(root, name, part))).map((file) => `${part}/${file}`)
    const files = [
      'config.json',
      'metrics.jsonl',
      ...(await inside('model')),
      ...(await inside('samples')),
      ...(await inside('evaluations')),
    ]
    const { wall_seconds: _, ...summary } = JSON.parse(await read(name, 'summary.json'))
    const bytes = await Promise.all(
      files.map(async (file): Promise<[string, string]> => [file, await read(name, file)]),
    )
    return { ...Object.fromEntries(bytes), summary: JSON.stringify(summary) }
  }

  it('with a later stop and another concurrency has the bytes of one asked for all steps', async () => {
    await run('extended', 3, { concurrency: 2, checkpoints: { every: 2, keep: 1 } })
    expect(JSON.parse(await read('extended', 'summary.json'))).toHaveProperty('eval_final')
    const { finished, metrics } = await run('extended', 6, { resume: true })
    expect([finished, metrics.length]).toEqual([true, 6])
    await run('whole', 6)
    expect(await bytesOf('extended')).toEqual(await bytesOf('whole'))
  })

  it('is extended by tokens, too', async () => {
    await run('extended', 2)
    const { summary } = await run('extended', 0, { resume: true, stop: { tokens: 1000 } })
    expect(summary.tokens_sampled).toBeGreaterThanOrEqual(1000)
    expect(summary.steps).toBeGreaterThan(2)
  })

  it('says that it is unfinished until it is', async () => {
    await run('extended', 2)
    await run('extended', 4, {
      resume: true,
      onStart: () => {
        throw new Error('stop here')
      },
    }).catch(() => undefined)
    expect(JSON.parse(await read('extended', 'summary.json'))).not.toHaveProperty('eval_final')
    expect(JSON.parse(await read('extended', 'config.json'))).toMatchObject({
      stop: { steps: 4 },
      launch: { steps: 4 },
    })
  })

  it('ends no earlier than it has come, and stays as it was', async () => {
    const { summary } = await run('long', 4)
    const before = await bytesOf('long')
    for (const stop of [{ steps: 3 }, { tokens: Math.floor(summary.tokens_sampled / 2) }])
      await expect(
        run('long', 0, { resume: true, stop: stop as TrainOptions['stop'] }),
      ).rejects.toMatchObject({
        code: 'run-conflict',
        message: expect.stringMatching(/stop\.(steps|tokens) is \d+, and the run has done 4 steps/),
      })
    expect(await bytesOf('long')).toEqual(before)
    expect((await run('long', 4, { resume: true })).finished).toBe(true)
    expect(
      (await run('long', 0, { resume: true, stop: { tokens: summary.tokens_sampled } })).finished,
    ).toBe(true)
  })

  it('has another rate, reference or seed: refused, with what differs', async () => {
    await run('one', 1)
    const other = { learningRate: { peak: 0.1 }, clipNorm: 1 }
    await expect(
      run('one', 2, { resume: true, optimizer: other, references: { model: { every: 2 } } }),
    ).rejects.toMatchObject({
      code: 'run-conflict',
      message: expect.stringMatching(
        /optimizer\.learningRate\.peak: 0\.05 → 0\.1\n[^]*references\.model\.every: 3 → 2/,
      ),
    })
  })
})

describe('optimizer settings by policy', () => {
  const two = (options: Partial<TrainOptions<DialTask>>): TrainOptions<DialTask> =>
    dialRun({
      policies: { left: untaught(), right: untaught() },
      roles: { solver: dialRoles('left').solver, critic: dialRoles('right').critic },
      stop: { steps: 3 },
      ...options,
    })

  it('are each policy’s own', async () => {
    const still = { peak: 1e-12 }
    const { metrics, events } = await watched(
      two({
        recipe: dialKl(),
        optimizer: { left: { learningRate: 0.05 }, right: { learningRate: still } },
      }),
    )
    expect(metrics[2]['policy/learning_rate/right']).toBe(1e-12)
    expect(metrics[2]).not.toHaveProperty('policy/learning_rate/left')
    const driftOf = (role: string): number =>
      Math.max(
        ...events[2].samples
          .filter(({ keys }) => keys.role === role)
          .flatMap(({ referenceLogprobs, oldLogprobs, mask }) =>
            Array.from(mask, (_, t) => Math.abs(referenceLogprobs![t] - oldLogprobs![t])),
          ),
      )
    expect(driftOf('solver')).toBeGreaterThan(0.01)
    expect(driftOf('critic')).toBeLessThan(1e-5)
  })

  it('name every policy, and no other', async () => {
    const other = { left: { learningRate: 1 }, rihgt: { learningRate: 1 } }
    await expect(train(two({ optimizer: other }))).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining('optimizer.rihgt: the run has no policy "rihgt"'),
    })
  })
})

describe('a reference', () => {
  const scores = async (scorer: Scorer, { samples }: StepEvent): Promise<Float32Array[]> =>
    (
      await scorer.score(
        samples.map(({ trainedUnder, response, mask, temperature }) => ({
          prompt: trainedUnder,
          response,
          mask,
          temperature,
        })),
      )
    ).map(({ logprobs }) => logprobs)
  const given = ({ samples }: StepEvent): (Float32Array | undefined)[] =>
    samples.map(({ referenceLogprobs }) => referenceLogprobs)

  it('is the teacher that a student is given, which is not its own start', async () => {
    const teacher = dialPolicy([])
    const { events } = await watched(
      dialRun({ recipe: dialKl(), references: { model: teacher }, stop: { steps: 2 } }),
    )
    for (const event of events) expect(given(event)).toEqual(await scores(teacher, event))
    expect(given(events[0])).not.toEqual(await scores(untaught(), events[0]))
  })

  it('is the start of another policy of the run, by name', async () => {
    const teacher = (): Policy => dialPolicy(dialBiases().slice(0, -20))
    const { events } = await watched(
      dialRun({
        recipe: dialKl(),
        policies: { student: untaught(), teacher: teacher() },
        roles: { solver: dialRoles('student').solver, critic: dialRoles('teacher').critic },
        references: { student: 'teacher' },
        stop: { steps: 3 },
      }),
    )
    expect(events).toHaveLength(3)
    for (const event of events) expect(given(event)).toEqual(await scores(teacher(), event))
  })

  it('that follows its policy is a copy of it, renewed every so many steps', async () => {
    const { events } = await watched(scheduledRun({ stop: { steps: 5 } }))
    const isCurrent = events.map((event) =>
      event.samples.every(({ referenceLogprobs, oldLogprobs, mask }) =>
        mask.every((_, t) => referenceLogprobs![t] === oldLogprobs![t]),
      ),
    )
    expect(isCurrent).toEqual([true, false, false, true, false])
  })

  it.each([
    ['of no policy', { moddel: 'model' }, 'references.moddel: the run has no policy "moddel"'],
    ['by a wrong name', { model: 'teacher' }, 'references.model names the policy "teacher"'],
    ['never renewed', { model: { every: 0 } }, 'references.model.every is 0'],
    ['averaged', { model: { decay: 0.99 } }, 'references.model is not a reference'],
  ])('%s is refused', async (_, references, message) => {
    await expect(
      train(dialRun({ recipe: dialKl(), references: references as never })),
    ).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining(message),
    })
  })

  it('of a policy without snapshots has to be given, and the error says where', async () => {
    const bare = (): Policy =>
      Object.defineProperty(untaught(), 'capabilities', { value: new Set(['exact', 'save']) })
    const run = (options: Partial<TrainOptions<DialTask>>): Promise<TrainResult> =>
      train(dialRun({ recipe: dialKl(), policies: { model: bare() }, ...options }))
    await expect(run({})).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('Give references.model, a scorer.'),
    })
    expect((await run({ references: { model: untaught() } })).finished).toBe(true)
  })
})
