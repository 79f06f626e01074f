import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeSample, type Policy, type Sample, type SessionResult, type Task } from '@icrl/core'
import { solveOnce } from '@icrl/rollout'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { program, type Kept, type Lab, type LabTrainOptions, type Metrics } from '../src/index.ts'
import { bytesOfProgram, dialProgram, dialStage, everyStep } from './dial-program.ts'
import { dialIcrl } from './dial-recipes.ts'
import { attempt, dialPolicy, dialRoles, dialTasks } from './dial-task.ts'
import { dialKl } from './scheduled-run.ts'
import { scratchFolder } from './scratch-folder.ts'

let root: string
let directory: string
beforeEach(async () => {
  root = await scratchFolder('program')
  directory = join(root, 'program')
})
afterEach(() => rm(root, { recursive: true, force: true }))

const kl = dialKl({ queries: 2, sessions: 3 })
const answers = { protocol: solveOnce(attempt), tasks: dialTasks('train'), sessions: 2 }
const json = async (...path: string[]): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(join(directory, ...path), 'utf8')) as Record<string, unknown>

/** Samples that a training step of the program stored. */
async function samplesOf(step: string): Promise<Sample[]> {
  const folder = join(directory, step, 'samples')
  const files = (await readdir(folder)).sort()
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  return texts.flatMap((text) => text.trimEnd().split('\n').map(decodeSample))
}

/** Log-probabilities of samples under weights of a folder, or the untaught ones. */
async function scoredBy(
  samples: readonly Sample[],
  folder?: string,
  under: 'trainedUnder' | 'sampledUnder' = 'trainedUnder',
): Promise<number[][]> {
  const policy = dialPolicy()
  if (folder !== undefined) await policy.load(join(directory, folder))
  const scores = await policy.score(
    samples.map(({ [under]: prompt, response, temperature, mask }) => ({
      prompt,
      response,
      temperature,
      mask,
    })),
  )
  return scores.map(({ logprobs }) => [...logprobs])
}

const references = (samples: readonly Sample[]): number[][] =>
  samples.map(({ referenceLogprobs }) => [...referenceLogprobs!])

describe('a program of stages', () => {
  it('keeps each step in a folder, and adds up their tokens', async () => {
    const { summary, finished } = await program(dialProgram(directory), everyStep)
    expect(finished).toBe(true)
    expect(summary.steps.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'gather answers',
      'keep start',
      'train stage I',
      'keep after stage I',
      'train stage II',
      'train stage II again',
      'measure held out',
      'train stage III of all',
    ])
    const tokens = summary.steps.map((step) => step.tokens_sampled ?? 0)
    expect(tokens.every((count, i) => count > 0 === [0, 2, 4, 5, 7].includes(i))).toBe(true)
    expect(summary.tokens_sampled).toBe(tokens.reduce((sum, count) => sum + count, 0))
    expect(summary.tokens_untrained).toBe(0)
    expect(summary.unused).toBeUndefined()
    expect(await json('summary.json')).toEqual(JSON.parse(JSON.stringify(summary)))
    expect((await readdir(directory)).sort()).toEqual(
      [...summary.steps.map(({ name }) => name), 'program.json', 'summary.json'].sort(),
    )
    const run = await json('stage I', 'summary.json')
    expect(run.tokens_sampled).toBe(tokens[2])
  })

  it('trains stage II against the very end of stage I, or against the start', async () => {
    await program(dialProgram(directory), async (lab) => {
      const start = await lab.keep('start')
      await lab.train('stage I', dialStage())
      const end = await lab.keep('end')
      await lab.train('moved', dialStage())
      const reference = await lab.frozen(end)
      await lab.train('by end', dialStage({ recipe: kl, references: { model: reference } }))
      const first = await lab.frozen(start)
      await lab.train('by start', dialStage({ recipe: kl, references: { model: first } }))
      await lab.train('by own', dialStage({ recipe: kl }))
    })
    const [byEnd, byStart, byOwn] = await Promise.all(
      ['by end', 'by start', 'by own'].map(samplesOf),
    )
    expect(references(byEnd)).toEqual(await scoredBy(byEnd, 'stage I/model'))
    expect(references(byEnd)).not.toEqual(await scoredBy(byEnd, 'moved/model'))
    expect(references(byStart)).toEqual(await scoredBy(byStart))
    expect(references(byOwn)).toEqual(await scoredBy(byOwn, 'by start/model'))
    expect((await json('by end', 'config.json')).config).toMatchObject({
      program: {
        step: 'by end',
        weights: { model: { from: 'moved', sha256: expect.any(String) as string } },
        frozen: { 'references.model': { from: 'end', sha256: expect.any(String) as string } },
      },
    })
  })

  it('carries weights from stage to stage, each with a fresh optimizer and versions of its own', async () => {
    const policy = dialPolicy()
    await program(dialProgram(directory, { policies: { model: policy } }), async (lab) => {
      await lab.train('stage I', dialStage({ recipe: dialIcrl() }))
      await lab.train('stage II', dialStage({ recipe: dialIcrl() }))
    })
    const alone = dialPolicy()
    await alone.load(join(directory, 'stage I', 'model'))
    const stage = await samplesOf('stage II')
    const behaved = stage.filter(({ version }) => version === stage[0].version)
    expect(behaved.map(({ behaviorLogprobs }) => [...behaviorLogprobs])).toEqual(
      await scoredBy(behaved, 'stage I/model', 'sampledUnder'),
    )
    const versions = [...(await samplesOf('stage I')), ...stage].map(({ version }) => version)
    expect([...new Set(versions)]).toEqual(['table-0', 'table-1', 'table-3', 'table-4'])
    expect(policy.version).toBe('table-6')
  })

  it('goes back to kept weights', async () => {
    const policy = dialPolicy()
    // <solve> brass, 0 2
    const items = [{ prompt: Int32Array.of(1, 23), response: Int32Array.of(3, 5), temperature: 1 }]
    const scores: number[][] = []
    const score = async (): Promise<void> => {
      scores.push([...(await policy.score(items))[0].logprobs])
    }
    await program(dialProgram(directory, { policies: { model: policy } }), async (lab) => {
      await score()
      const start = await lab.keep('start')
      await lab.train('one', dialStage())
      const kept = await lab.keep('after one', 'model')
      await score()
      await lab.train('two', dialStage())
      await score()
      const snapshot = await lab.frozen(kept)
      scores.push([...(await snapshot.score(items))[0].logprobs])
      await score()
      await lab.restore(kept)
      await score()
      await lab.restore(start)
      await score()
    })
    const [start, one, two] = scores
    expect(new Set([start, one, two].map(String)).size).toBe(3)
    expect(scores).toEqual([start, one, two, one, two, one, start])
  })

  it('gives the same numbers whether a gather ran or is read back, and counts untrained tokens', async () => {
    const found: (readonly SessionResult[])[] = []
    const script = async (lab: Lab): Promise<void> => {
      found.push(await lab.gather('trained', answers))
      const { solver } = dialRoles()
      const partner = { ...solver, policy: undefined, by: 'model' }
      found.push(
        await lab.gather('frozen', {
          ...answers,
          roles: { solver: { ...partner, sampling: { maxTokens: 4, temperature: 0 } } },
        }),
      )
    }
    const first = await program(dialProgram(directory), script)
    const again = await program(dialProgram(directory, { resume: true }), script)
    expect(again.summary).toEqual(first.summary)
    expect(found[2]).toEqual(found[0])
    expect(found[3]).toEqual(found[1])
    expect(found[0]).toHaveLength(16)
    expect(found[0][0].samples[0].response).toBeInstanceOf(Int32Array)
    expect(found[0][0].samples[0].trainedUnder).toBe(found[0][0].samples[0].sampledUnder)
    const sampled = found[0].flatMap(({ samples }) =>
      samples.map(({ response }) => response.length),
    )
    expect(first.summary.tokens_sampled).toBe(sampled.reduce((sum, count) => sum + count, 0))
    expect(found[1].every(({ samples }) => samples.length === 0)).toBe(true)
    expect(first.summary.tokens_untrained).toBeGreaterThan(16)
  })

  it('keys draws by the names of steps and the seed', async () => {
    const drawn = async (folder: string, name: string, seed: number): Promise<string> => {
      let sessions: readonly SessionResult[] = []
      await program(dialProgram(join(root, folder), { seed }), async (lab) => {
        await lab.gather('something else', { ...answers, sessions: 1 })
        sessions = await lab.gather(name, answers)
      })
      return sessions.map(({ samples }) => samples[0].response.join()).join()
    }
    const first = await drawn('a', 'x', 0)
    expect(await drawn('b', 'x', 0)).toBe(first)
    expect(await drawn('c', 'y', 0)).not.toBe(first)
    expect(await drawn('d', 'x', 1)).not.toBe(first)
  })

  it('measures conditions and figures of the script’s own', async () => {
    const measured: Metrics[] = []
    await program(dialProgram(directory), async (lab) => {
      measured.push(
        await lab.measure('held out', {
          sets: { a: { tasks: dialTasks('a'), repeats: 2 }, b: { tasks: dialTasks('b') } },
          protocols: { plain: solveOnce(attempt) },
          measure: async ({ sets }) => ({ 'mine/sets': sets.length }),
        }),
      )
    })
    expect(Object.keys(measured[0])).toEqual(
      expect.arrayContaining(['eval/plain', 'eval/a/plain', 'eval/a/pass_at_2', 'mine/sets']),
    )
    const lines = await readFile(join(directory, 'held out', 'evaluation.jsonl'), 'utf8')
    expect(lines.trimEnd().split('\n')).toHaveLength(24)
  })

  it('trains several policies, and keeps them by name', async () => {
    const { solver } = dialRoles('solver')
    const { critic } = dialRoles('critic')
    const policies = { solver: dialPolicy(), critic: dialPolicy() }
    const options = dialProgram(directory, { policies, roles: { solver, critic } })
    const script = async (lab: Lab): Promise<void> => {
      await lab.train('both', dialStage({ recipe: kl }))
      const kept = await lab.keep('critic', 'critic')
      await lab.train('more', dialStage({ recipe: kl }))
      const by = await lab.frozen(kept)
      await lab.train(
        'frozen critic',
        dialStage({ roles: { critic: { ...critic, policy: undefined, by } } }),
      )
    }
    await program(options, script)
    const bytes = await bytesOfProgram(directory)
    expect(Object.keys(bytes)).toEqual(
      expect.arrayContaining(['both/model/critic/table.json', 'both/model/solver/table.json']),
    )
    const fresh = { solver: dialPolicy(), critic: dialPolicy() }
    await rm(join(directory, 'frozen critic'), { recursive: true })
    await program({ ...options, policies: fresh, resume: true }, script)
    expect(await bytesOfProgram(directory)).toEqual(bytes)
    await expect(
      program(
        dialProgram(join(root, 'other'), { policies, roles: { solver, critic } }),
        async (lab) => {
          await lab.keep('which')
        },
      ),
    ).rejects.toThrow('step "which": it does not say which policy. Name one of solver, critic.')
  })

  it('names steps that the script does not have any more', async () => {
    await program(dialProgram(directory), async (lab) => {
      await lab.gather('old', answers)
      await lab.gather('kept', answers)
    })
    const { summary } = await program(dialProgram(directory, { resume: true }), async (lab) => {
      await lab.gather('kept', answers)
    })
    expect(summary.unused).toEqual(['old'])
  })

  it('tells what it does', async () => {
    const told: string[] = []
    const script = async (lab: Lab): Promise<void> => {
      await lab.keep('start')
      await lab.train('stage', dialStage())
    }
    const hooks = {
      onBegin: ({ name, kind }: { name: string; kind: string }) =>
        void told.push(`${kind} ${name}`),
      onEnd: ({ skipped }: { skipped: boolean }) => void told.push(skipped ? 'skipped' : 'done'),
      trainHooks: (name: string) => ({
        onStep: ({ step }: { step: number }) => void told.push(`${name} ${step}`),
      }),
    }
    await program(dialProgram(directory, hooks), script)
    await program(dialProgram(directory, { ...hooks, resume: true }), script)
    expect(told.join(', ')).toBe(
      'keep start, done, train stage, stage 0, stage 1, done, keep start, skipped, train stage, skipped',
    )
  })
})

describe('a program that is paused', () => {
  it('by its signal at any moment has the bytes of a whole one once it is resumed', async () => {
    await program(dialProgram(join(root, 'whole')), everyStep)
    const whole = await bytesOfProgram(join(root, 'whole'), { checkpoints: false })
    let pauses = 0
    for (let at = 0; ; at += 3) {
      const abort = new AbortController()
      let moments = 0
      const tick = (): void => {
        if (moments++ === at) abort.abort()
      }
      const { finished } = await program(
        dialProgram(join(root, `paused-${at}`), {
          signal: abort.signal,
          onBegin: tick,
          onEnd: tick,
          trainHooks: () => ({ onStart: tick, onSession: tick, onStep: tick }),
        }),
        everyStep,
      )
      if (!finished) pauses++
      else if (!abort.signal.aborted) break
      const folder = join(root, `paused-${at}`)
      const resumed = await program(dialProgram(folder, { resume: true }), everyStep)
      expect(resumed.finished).toBe(true)
      const bytes = await bytesOfProgram(folder, { checkpoints: false })
      expect(bytes, `moment ${at}`).toEqual(whole)
      await rm(folder, { recursive: true })
    }
    expect(pauses).toBeGreaterThan(15)
  })

  it('while it gathers runs that step again', async () => {
    const abort = new AbortController()
    const stopping = {
      ...answers,
      protocol: ((task, context) => {
        abort.abort()
        return solveOnce(attempt)(task as never, context)
      }) as typeof answers.protocol,
    }
    const first = await program(dialProgram(directory, { signal: abort.signal }), async (lab) => {
      await lab.gather('answers', stopping)
    })
    expect(first).toMatchObject({ finished: false, summary: { steps: [] } })
    const second = await program(dialProgram(directory, { resume: true }), async (lab) => {
      await lab.gather('answers', answers)
    })
    expect(second.finished).toBe(true)
  })

  it('ends its script even if that catches errors', async () => {
    const abort = new AbortController()
    const begun: string[] = []
    const { finished } = await program(
      dialProgram(directory, {
        signal: abort.signal,
        onBegin: ({ name }) => void begun.push(name),
      }),
      async (lab) => {
        await lab.keep('start')
        abort.abort()
        for (const name of ['a', 'b']) await lab.keep(name).catch(() => undefined)
      },
    )
    expect(finished).toBe(false)
    expect(begun).toEqual(['start'])
  })

  it('by maxMinutes stops before the next step', async () => {
    const { finished, summary } = await program(
      dialProgram(directory, { maxMinutes: 1e-3 }),
      async (lab) => {
        await lab.keep('start')
        await new Promise((resolve) => setTimeout(resolve, 80))
        await lab.keep('later')
      },
    )
    expect(finished).toBe(false)
    expect(summary.steps.map(({ name }) => name)).toEqual(['start'])
  })
})

describe('a program refuses', () => {
  const rejected = async (
    script: (lab: Lab) => Promise<unknown>,
    options: Parameters<typeof dialProgram>[1] = {},
  ): Promise<Error & { code: string }> =>
    program(dialProgram(directory, options), async (lab) => {
      await script(lab)
    }).then(
      () => {
        throw new Error('it was not refused')
      },
      (error: unknown) => error as Error & { code: string },
    )

  it.each([
    ['twice', 'twice', 'step "twice": two steps are called "twice".'],
    ['Round 1', 'round 1', 'two steps are called "Round 1" and "round 1".'],
    ['a', '', 'step "": a step cannot be called "".'],
    ['a', '../b', 'a step cannot be called "../b".'],
    ['a', 'b ', 'a step cannot be called "b ".'],
    ['a', 'summary.json', 'a step cannot be called "summary.json".'],
  ])('steps called %j and %j', async (first, second, message) => {
    const error = await rejected(async (lab) => {
      await lab.keep(first)
      await lab.keep(second)
    })
    expect(error).toMatchObject({ code: 'invalid-option' })
    expect(error.message).toContain(message)
  })

  it('steps side by side, and one that is not awaited', async () => {
    const pair = await rejected((lab) => Promise.all([lab.keep('a'), lab.keep('b')]))
    expect(pair.message).toContain('step "b" began while step "a" was under way. Await each')
    const floating = await rejected(
      async (lab) => {
        void lab.train('floating', dialStage()).catch(() => undefined)
      },
      { resume: true },
    )
    expect(floating.message).toContain('the script ended while step "floating" was under way.')
    await expect(readFile(join(directory, 'run.lock'))).rejects.toThrow('ENOENT')
  })

  it.each<[string, Partial<LabTrainOptions>, RegExp]>([
    ['no tasks', { tasks: [] }, /step "stage": tasks is empty/],
    [
      'a role of no policy',
      { roles: { solver: { ...dialRoles().solver, by: 'x' } } },
      /step "stage": roles\.solver\.by names the policy "x"/,
    ],
    ['a step of no length', { stop: { steps: 0 } }, /step "stage": stop\.steps is 0/],
  ])('options that train refuses, naming the step: %s', async (_, options, message) => {
    const error = await rejected((lab) =>
      lab.train('stage', { ...dialStage(), ...options } as LabTrainOptions<Task>),
    )
    expect(error.message).toMatch(message)
    await expect(readdir(directory)).rejects.toThrow('ENOENT')
  })

  it('bad options of other steps, naming them', async () => {
    const messages: [(lab: Lab) => Promise<unknown>, string][] = [
      [(lab) => lab.gather('a', { ...answers, sessions: 0 }), 'step "a": sessions is 0.'],
      [(lab) => lab.gather('a', { ...answers, tasks: [] }), 'step "a": tasks is empty.'],
      [
        (lab) => lab.measure('a', { tasks: [], protocols: { x: answers.protocol } }),
        'step "a": evaluation.tasks is empty.',
      ],
      [
        (lab) => lab.measure('a', { tasks: answers.tasks, protocols: {} }),
        'step "a": recipe "a" has no evaluation protocols.',
      ],
      [
        (lab) => lab.keep('a', 'nobody'),
        'step "a": there is no policy "nobody". Name one of model.',
      ],
      [
        (lab) => lab.restore({ name: 'never', policy: 'model' }),
        'lab.restore of "never": no step "never" has kept weights of the policy "model".',
      ],
      [
        (lab) => lab.frozen({ name: 'never', policy: 'model' }),
        'lab.frozen of "never": no step "never" has kept weights of the policy "model".',
      ],
    ]
    for (const [script, message] of messages) {
      const error = await rejected(script)
      expect(error.message).toContain(message)
      expect(error).toHaveProperty('remedy')
    }
  })

  it('policies it cannot keep, seeds that are none, folders of something else', async () => {
    const without = (capability: string): Policy => {
      const policy = dialPolicy()
      const capabilities = new Set([...policy.capabilities].filter((one) => one !== capability))
      return new Proxy(policy, {
        get: (target, name) => {
          if (name === 'capabilities') return capabilities
          const value = Reflect.get(target, name, target) as unknown
          return typeof value === 'function' ? (value.bind(target) as unknown) : value
        },
      })
    }
    const none = async (): Promise<void> => undefined
    expect(await rejected(none, { policies: { model: without('save') } })).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('policies.model cannot be saved') as string,
    })
    expect(
      await rejected(async (lab) => lab.frozen(await lab.keep('a')), {
        policies: { model: without('snapshot') },
      }),
    ).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('has no snapshots') as string,
    })
    await rm(directory, { recursive: true })
    expect(await rejected(none, { policies: {} })).toMatchObject({ code: 'invalid-option' })
    expect((await rejected(none, { seed: 0.5 })).message).toContain('seed is 0.5')
    expect((await rejected(none, { maxMinutes: 0 })).message).toContain('maxMinutes is 0')
    await program(dialProgram(directory), async (lab) => void (await lab.train('run', dialStage())))
    expect(await rejected(none)).toMatchObject({
      code: 'run-conflict',
      message: expect.stringContaining('already holds a program') as string,
    })
    directory = join(directory, 'run')
    expect(await rejected(none)).toMatchObject({
      code: 'run-conflict',
      message: expect.stringContaining('holds a run') as string,
    })
  })

  it('another program in the same folder at the same time', async () => {
    const error = await rejected(async () => {
      await program(dialProgram(directory, { resume: true }), everyStep)
    })
    expect(error).toMatchObject({ code: 'run-conflict' })
    expect(error.message).toContain(`process ${process.pid}`)
  })

  describe('to resume', () => {
    const script =
      (change: {
        readonly stage?: Partial<LabTrainOptions<never>>
        readonly sessions?: number
        readonly config?: string
        readonly protocols?: readonly string[]
        readonly back?: boolean
      }) =>
      async (lab: Lab): Promise<void> => {
        await lab.gather('answers', {
          ...answers,
          sessions: change.sessions ?? 2,
          config: change.config,
        })
        const kept = await lab.keep('start')
        await lab.train('stage I', { ...dialStage(), ...change.stage } as never)
        if (change.back) await lab.restore(kept)
        await lab.train('stage II', dialStage())
        await lab.measure('held out', {
          tasks: dialTasks('test'),
          protocols: Object.fromEntries(
            (change.protocols ?? ['plain']).map((name) => [name, solveOnce(attempt)]),
          ),
        })
      }

    it('a step whose options changed, naming it and every difference', async () => {
      await program(dialProgram(directory), script({}))
      const bytes = await bytesOfProgram(directory)
      const cases: [Parameters<typeof script>[0], string, string[]][] = [
        [{ sessions: 3 }, 'step "answers"', ['sessions: 2 → 3']],
        [{ config: 'x' }, 'step "answers"', ['config.config: null → "x"']],
        [
          { stage: { stop: { steps: 3 }, optimizer: { learningRate: 0.01, clipNorm: 1 } } },
          'step "stage I"',
          ['optimizer.learningRate: 0.05 → 0.01', 'stop.steps: 2 → 3'],
        ],
        [
          { stage: { recipe: dialIcrl({ queries: 3, sessions: 3 }) as never } },
          'step "stage I"',
          ['method.options.queries: 2 → 3'],
        ],
        [
          { back: true },
          'step "stage II"',
          [
            'config.program.weights.model.from: "stage I" → "start"',
            'config.program.weights.model.sha256: ',
          ],
        ],
        [{ protocols: ['other'] }, 'step "held out"', ['protocols: ["plain"] → ["other"]']],
      ]
      for (const [change, step, differences] of cases) {
        const error = await rejected(script(change), { resume: true })
        expect(error).toMatchObject({ code: 'run-conflict' })
        expect(error.message).toContain(`${step}: it ran with other options:`)
        for (const difference of differences) expect(error.message).toContain(`  ${difference}`)
      }
      expect(await bytesOfProgram(directory)).toEqual(bytes)
    })

    it('a step under way whose options changed, but not one that has done nothing', async () => {
      const abort = new AbortController()
      const paused = dialProgram(directory, {
        signal: abort.signal,
        trainHooks: () => ({ onStep: () => abort.abort() }),
      })
      await program(paused, script({}))
      const changed = script({ stage: { optimizer: { learningRate: 0.01 } } })
      const error = await rejected(changed, { resume: true })
      expect(error.message).toContain('step "stage I": it ran with other options')
      await rm(join(directory, 'stage I', 'metrics.jsonl'))
      await rm(join(directory, 'stage I', 'checkpoints'), { recursive: true })
      await program(dialProgram(directory, { resume: true }), changed)
    })

    it('a step whose beginning another one changed since', async () => {
      await program(dialProgram(directory), script({}))
      await rm(join(directory, 'stage I'), { recursive: true })
      const error = await rejected(script({ stage: { stop: { steps: 1 } } }), { resume: true })
      expect(error.message).toContain('step "stage II": it ran with other options')
      expect(error.message).toContain('config.program.weights.model.sha256')
    })

    it('a step of another kind', async () => {
      await program(dialProgram(directory), script({}))
      const error = await rejected(async (lab) => void (await lab.keep('answers')), {
        resume: true,
      })
      expect(error.message).toContain('kind: "gather" → "keep"')
      const trained = await rejected((lab) => lab.train('start', dialStage()), { resume: true })
      expect(trained.message).toContain('kind: "keep" → "train"')
    })

    it('another seed, other policies or another configuration', async () => {
      await program(dialProgram(directory), script({}))
      const error = await rejected(script({}), { resume: true, seed: 1, config: 'other' })
      expect(error).toMatchObject({ code: 'run-conflict' })
      expect(error.message).toContain('config: null → "other"')
      expect(error.message).toContain('seed: 0 → 1')
    })

    it('damaged files, naming them and the way out', async () => {
      await program(dialProgram(directory), script({}))
      for (const [path, step] of [
        ['answers/sessions.jsonl', 'answers'],
        ['start/model/table.json', 'start'],
        ['stage I/model/table.json', 'stage I'],
        ['stage I/summary.json', 'stage I'],
        ['stage II/step.json', 'stage II'],
        ['program.json', ''],
      ]) {
        const file = join(directory, path)
        const text = await readFile(file, 'utf8')
        await writeFile(file, text.slice(0, text.length >> 1))
        const error = await rejected(script({ back: false }), { resume: true }).catch(
          (reason: unknown) => reason as Error & { code: string },
        )
        if (step === 'start') {
          // Nothing read it: only going back does.
          const back = await rejected(
            async (lab) => {
              await lab.gather('answers', answers)
              const kept: Kept = await lab.keep('start')
              await lab.restore(kept)
            },
            { resume: true },
          )
          expect(back).toMatchObject({ code: 'corrupt-file' })
          expect(back.message).toContain(path)
        } else {
          expect(error, path).toMatchObject({ code: 'corrupt-file' })
          expect(error.message).toContain(path)
          if (step) expect(error.message).toContain(`step "${step}"`)
        }
        await writeFile(file, text)
      }
      const { finished } = await program(dialProgram(directory, { resume: true }), script({}))
      expect(finished).toBe(true)
    })
  })
})
