import { createHash } from 'node:crypto'
import { appendFile, cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeSample, IcrlError } from '@icrl/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { train } from '../src/index.ts'
import { checkWeights, replayStep } from '../src/node.ts'
import { dialIcrl } from './dial-recipes.ts'
import { dialRun } from './dial-run.ts'
import { dialPolicy } from './dial-task.ts'
import { scratchFolder } from './scratch-folder.ts'

let root: string
beforeEach(async () => {
  root = await scratchFolder('run-folder')
})
afterEach(() => rm(root, { recursive: true, force: true }))

const read = (...parts: string[]): Promise<string> => readFile(join(root, ...parts), 'utf8')
const lines = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

/** Bytes that a resumed run must repeat: metrics, samples, evaluations and weights. */
async function bytesOf(run: string): Promise<Record<string, string>> {
  const files = [
    'metrics.jsonl',
    'model/table.json',
    ...(await readdir(join(root, run, 'samples'))).map((name) => `samples/${name}`),
    ...(await readdir(join(root, run, 'evaluations'))).map((name) => `evaluations/${name}`),
  ]
  return Object.fromEntries(
    await Promise.all(files.map(async (name) => [name, await read(run, name)])),
  )
}

describe('a run folder', () => {
  it('of another format is not resumed or replayed, and says which versions', async () => {
    const directory = join(root, 'old')
    await train(dialRun({ directory }))
    const config = join(directory, 'config.json')
    const stored = JSON.parse(await readFile(config, 'utf8'))
    for (const format of [1, 2]) {
      await writeFile(config, JSON.stringify({ ...stored, format }))
      const refusal = {
        code: 'run-conflict',
        message: expect.stringContaining(`has format ${format}; this version writes format 3`),
      }
      await expect(train(dialRun({ directory, resume: true }))).rejects.toMatchObject(refusal)
      await expect(replayStep({ options: dialRun(), directory, step: 1 })).rejects.toMatchObject(
        refusal,
      )
    }
  })

  it('has everything the format names', async () => {
    const directory = join(root, 'run')
    const { summary } = await train(
      dialRun({
        directory,
        config: { model: 'table' },
        platform: { backend: 'table', isa: 'none' },
      }),
    )
    expect((await readdir(directory)).sort()).toEqual([
      'checkpoints',
      'config.json',
      'evaluations',
      'metrics.jsonl',
      'model',
      'samples',
      'summary.json',
      'timing.jsonl',
    ])
    const metrics = await read('run', 'metrics.jsonl')
    expect(lines(metrics).map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5])
    expect(lines(await read('run', 'timing.jsonl')).map(({ step }) => step)).toEqual([
      0, 1, 2, 3, 4, 5,
    ])
    expect(summary).toMatchObject({
      method: 'icrl',
      seed: 0,
      steps: 6,
      backend: 'table',
      isa: 'none',
      eval_initial: expect.any(Number),
      eval_final: expect.any(Number),
      eval_best: expect.any(Number),
    })
    expect(summary.metrics_sha256).toBe(createHash('sha256').update(metrics).digest('hex'))
    expect(JSON.parse(await read('run', 'summary.json'))).toEqual(summary)
    expect(await readdir(join(directory, 'evaluations'))).toEqual([
      'step-00000.jsonl',
      'step-00002.jsonl',
      'step-00004.jsonl',
      'step-00006.jsonl',
    ])
    expect((await readdir(join(directory, 'checkpoints'))).sort()).toEqual([
      'latest',
      'step-00002',
      'step-00004',
      'step-00006',
    ])
    expect(await read('run', 'checkpoints', 'latest')).toBe('step-00006\n')
    expect(JSON.parse(await read('run', 'config.json'))).toMatchObject({
      seed: 0,
      stop: { steps: 6 },
      optimizer: { learningRate: 0.05, clipNorm: 1 },
      method: { name: 'icrl' },
      config: { model: 'table' },
    })
  })

  it('stores samples that decode, with their texts and the task’s answer', async () => {
    const run = dialRun({ directory: join(root, 'run'), stop: { steps: 1 }, evaluation: undefined })
    const tasks = run.tasks.map((task) => ({ ...task, reference: `that of ${task.id}` }))
    await train({ ...run, tasks })
    const stored = (await read('run', 'samples', 'step-00000.jsonl')).trimEnd().split('\n')
    const samples = stored.map(decodeSample)
    expect(samples.length).toBeGreaterThan(32)
    expect(samples.every(({ oldLogprobs, advantages }) => oldLogprobs && advantages)).toBe(true)
    const revision = lines(stored.join('\n')).find(
      ({ keys }) => (keys as { round: number }).round === 2,
    )
    expect(revision!.texts).toEqual({
      sampledUnder: expect.stringMatching(/^<solve> \w+ dial0is/),
      trainedUnder: expect.stringMatching(/^<solve> \w+$/),
      response: expect.stringMatching(/^\d \d \d/),
      answer: `that of ${(revision!.keys as { task: string }).task}`,
    })
  })

  it('stores the log-probabilities of the training pass: the ratio is 1 before the first optimizer step and moves after it', async () => {
    await train(
      dialRun({
        directory: join(root, 'run'),
        recipe: dialIcrl({ minibatches: 2 }),
        stop: { steps: 1 },
        evaluation: undefined,
      }),
    )
    const samples = (await read('run', 'samples', 'step-00000.jsonl'))
      .trimEnd()
      .split('\n')
      .map(decodeSample)
    const farthest = samples.map(({ trainLogprobs, oldLogprobs }) =>
      Math.max(...trainLogprobs!.map((value, t) => Math.abs(value - oldLogprobs![t]))),
    )
    const unmoved = farthest.filter((distance) => distance === 0).length
    expect(unmoved).toBeGreaterThanOrEqual(samples.length >> 1)
    expect(unmoved).toBeLessThan(samples.length)
  })

  it('writes one line a held-out task, condition and repeat', async () => {
    await train(dialRun({ directory: join(root, 'run'), stop: { steps: 1 } }))
    const outcomes = lines(await read('run', 'evaluations', 'step-00000.jsonl'))
    expect(outcomes).toHaveLength(3 * 8 * 2)
    expect(outcomes[0]).toEqual({
      task: 'test-brass-0',
      condition: 'critique_free',
      repeat: 0,
      reward: 0,
      success: false,
      tokens: 4,
      outcomes: [{ reward: 0, success: false }],
    })
  })

  it('is not begun twice, and not touched by the refusal', async () => {
    const directory = join(root, 'run')
    await train(dialRun({ directory, stop: { steps: 2 } }))
    const before = await bytesOf('run')
    await expect(train(dialRun({ directory }))).rejects.toMatchObject({
      code: 'run-conflict',
      remedy: expect.stringContaining('--resume'),
    })
    expect(await bytesOf('run')).toEqual(before)
  })

  it('is not worked on by two at once', async () => {
    const directory = join(root, 'run')
    const [a, b] = await Promise.allSettled([
      train(dialRun({ directory, resume: true })),
      train(dialRun({ directory, resume: true })),
    ])
    const refused = [a, b].filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
    expect(refused).toHaveLength(1)
    expect(refused[0].reason).toMatchObject({ code: 'run-conflict' })
  })

  it('leaves nothing behind where the first step fails', async () => {
    const recipe = { ...dialIcrl(), advantages: () => [] }
    await expect(train(dialRun({ directory: join(root, 'run'), recipe }))).rejects.toMatchObject({
      code: 'invalid-shape',
    })
    expect(await readdir(root)).toEqual([])
  })

  it('cannot lie below a file', async () => {
    await writeFile(join(root, 'file'), '')
    await expect(train(dialRun({ directory: join(root, 'file', 'run') }))).rejects.toMatchObject({
      code: 'write-failed',
    })
  })

  it.runIf(process.platform === 'linux')(
    'cannot lie where no folder can be made, and says so at once',
    async () => {
      await expect(train(dialRun({ directory: '/proc/run' }))).rejects.toMatchObject({
        code: 'write-failed',
        message: expect.stringContaining('/proc/run'),
      })
    },
  )

  it('names what the system said, below whatever error of a policy, and tidies up', async () => {
    const policy = dialPolicy()
    const full = new IcrlError('weights could not be written.', {
      code: 'write-failed',
      remedy: 'Check.',
      cause: Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }),
    })
    policy.save = () => Promise.reject(full)
    const directory = join(root, 'run')
    await expect(train(dialRun({ directory, policies: { model: policy } }))).rejects.toMatchObject({
      message: expect.stringMatching(
        /cannot write .*step-00002: ENOSPC: no space left on device\. Free disk space/,
      ),
      code: 'write-failed',
    })
    expect(await readdir(join(directory, 'checkpoints'))).toEqual([])
  })
})

describe('resuming', () => {
  const interrupted = async (directory: string, sessions: number): Promise<void> => {
    const abort = new AbortController()
    let seen = 0
    const result = await train(
      dialRun({
        directory,
        resume: true,
        signal: abort.signal,
        onSession: () => ++seen === sessions && abort.abort(),
      }),
    )
    expect(result.finished).toBe(false)
  }

  it('repeats the bytes of a run that was never interrupted', async () => {
    await train(dialRun({ directory: join(root, 'whole') }))
    for (const sessions of [20, 90, 130]) await interrupted(join(root, 'parts'), sessions)
    const { finished } = await train(dialRun({ directory: join(root, 'parts'), resume: true }))
    expect(finished).toBe(true)
    expect(await bytesOf('parts')).toEqual(await bytesOf('whole'))
  })

  it('begins again where there is no checkpoint yet', async () => {
    await train(dialRun({ directory: join(root, 'whole') }))
    await train(dialRun({ directory: join(root, 'parts') }))
    await rm(join(root, 'parts', 'checkpoints'), { recursive: true })
    await appendFile(join(root, 'parts', 'metrics.jsonl'), '{"step":6,"torn')
    await train(dialRun({ directory: join(root, 'parts'), resume: true }))
    expect(await bytesOf('parts')).toEqual(await bytesOf('whole'))
  })

  it('changes nothing in a finished run', async () => {
    const directory = join(root, 'run')
    await train(dialRun({ directory }))
    const before = await bytesOf('run')
    const { summary } = await train(dialRun({ directory, resume: true }))
    expect(await bytesOf('run')).toEqual(before)
    expect(summary.evaluations).toHaveLength(4)
  })

  it('refuses another configuration and shows the difference', async () => {
    const directory = join(root, 'run')
    await train(dialRun({ directory, stop: { steps: 2 } }))
    const other = train(
      dialRun({ directory, resume: true, stop: { steps: 2 }, sessionTimeoutMs: 6400, seed: 3 }),
    )
    await expect(other).rejects.toThrow('  seed: 0 → 3\n  sessionTimeoutMs: null → 6400')
  })

  it('is paused by its time limit and goes on', async () => {
    const directory = join(root, 'run')
    expect((await train(dialRun({ directory, maxMinutes: 1e-9 }))).finished).toBe(false)
    expect((await train(dialRun({ directory, resume: true }))).finished).toBe(true)
  })

  it('goes on after a pause although it keeps no checkpoints', async () => {
    const checkpoints = { keep: 0 }
    await train(dialRun({ directory: join(root, 'whole'), checkpoints }))
    expect(await readdir(join(root, 'whole'))).not.toContain('checkpoints')
    const directory = join(root, 'parts')
    const abort = new AbortController()
    const paused = await train(
      dialRun({
        directory,
        checkpoints,
        signal: abort.signal,
        onStep: ({ step }) => step === 2 && abort.abort(),
      }),
    )
    expect(paused.finished).toBe(false)
    const steps: number[] = []
    await train(
      dialRun({ directory, checkpoints, resume: true, onStep: ({ step }) => steps.push(step) }),
    )
    expect(steps).toEqual([3, 4, 5])
    const model = (name: string): Promise<Buffer> => readFile(join(root, name, 'metrics.jsonl'))
    expect(await model('parts')).toEqual(await model('whole'))
  })

  describe('from damaged files', () => {
    const damaged = async (
      damage: (checkpoint: string) => Promise<unknown>,
    ): Promise<Promise<unknown>> => {
      const directory = join(root, 'run')
      await train(dialRun({ directory }))
      await damage(join(directory, 'checkpoints', 'step-00006'))
      return train(dialRun({ directory, resume: true }))
    }
    const table = (checkpoint: string): string =>
      join(checkpoint, 'policies', 'model', 'table.json')

    it('refuses a truncated file, naming it and the newest whole checkpoint', async () => {
      await expect(damaged((checkpoint) => truncate(table(checkpoint), 100))).rejects.toThrow(
        /step-00006.*table\.json has 100 bytes instead of \d+\. The newest whole checkpoint is step-00004/,
      )
    })

    it('refuses a flipped bit', async () => {
      const flip = async (checkpoint: string): Promise<void> => {
        const bytes = await readFile(table(checkpoint))
        bytes[bytes.length >> 1] ^= 1
        await writeFile(table(checkpoint), bytes)
      }
      await expect(damaged(flip)).rejects.toThrow(/table\.json has another checksum/)
    })

    it('tells a whole model from a damaged one, and names what can be used instead', async () => {
      const directory = join(root, 'run')
      await train(dialRun({ directory }))
      await checkWeights(directory)
      await checkWeights(directory, 6)
      const model = join(directory, 'model', 'table.json')
      const bytes = await readFile(model)
      bytes[bytes.length >> 1] ^= 1
      await writeFile(model, bytes)
      await expect(checkWeights(directory)).rejects.toMatchObject({
        code: 'corrupt-file',
        message: expect.stringMatching(
          /model\/table\.json has another checksum.*newest whole checkpoint is step-00006/s,
        ),
      })
      const checkpoint = table(join(directory, 'checkpoints', 'step-00006'))
      const whole = await readFile(checkpoint)
      whole[whole.length >> 1] ^= 1
      await writeFile(checkpoint, whole)
      await expect(checkWeights(directory, 6)).rejects.toThrow(
        /step-00006.*checksum.*newest whole checkpoint is step-00004/s,
      )
      await expect(checkWeights(directory)).rejects.toThrow('newest whole checkpoint is step-00004')
      await rm(join(directory, 'model', 'manifest.json'))
      await checkWeights(directory)
    })

    it('refuses another version', async () => {
      const relabel = async (checkpoint: string): Promise<void> => {
        const manifest = JSON.parse(await readFile(join(checkpoint, 'manifest.json'), 'utf8'))
        await writeFile(
          join(checkpoint, 'manifest.json'),
          JSON.stringify({ ...manifest, version: 2 }),
        )
      }
      await expect(damaged(relabel)).rejects.toThrow(
        'is of version 2, this program reads version 1',
      )
    })

    it('refuses metrics that were changed', async () => {
      const directory = join(root, 'run')
      await train(dialRun({ directory }))
      const whole = await read('run', 'metrics.jsonl')
      await writeFile(join(directory, 'metrics.jsonl'), whole.replace('{"step":1', 'X"step":1'))
      await expect(train(dialRun({ directory, resume: true }))).rejects.toThrow(
        'metrics.jsonl, line 2',
      )
      await writeFile(
        join(directory, 'metrics.jsonl'),
        whole.split('\n').slice(0, 3).join('\n') + '\n',
      )
      await expect(train(dialRun({ directory, resume: true }))).rejects.toThrow('has 3 whole lines')
    })

    it('takes the newest whole checkpoint once the damaged one is gone', async () => {
      const directory = join(root, 'run')
      await train(dialRun({ directory }))
      await cp(directory, join(root, 'whole'), { recursive: true })
      await rm(join(directory, 'checkpoints', 'step-00006'), { recursive: true })
      await train(dialRun({ directory, resume: true }))
      expect(await bytesOf('run')).toEqual(await bytesOf('whole'))
    })
  })
})
