import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LocalPolicy } from '@icrl/backbone'
import { countdown } from '@icrl/environments'
import { grpo } from '@icrl/recipes'
import { chatRenderer, loadTokenizer } from '@icrl/renderer'
import { multiTurn } from '@icrl/rollout'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { planRun, type RunPlan } from '../src/commands/plan/plan-run.ts'
import { describeRun } from '../src/config/build-run.ts'
import { loadRunConfig } from '../src/config/load-run-config.ts'
import { icrl } from './command-line.ts'
import { BACKEND, jsonConfig, writeAdditions, writeTinyModel } from './tiny-model.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let root: string
let run: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'icrl-commands-'))
  run = join(root, 'run')
  await writeTinyModel(join(root, 'model'))
  await writeAdditions(join(root, 'train.jsonl'), 2)
  await writeFile(
    join(root, 'run.json'),
    jsonConfig({
      method: { name: 'grpo', tasksPerStep: 1, sessionsPerTask: 2 },
      evaluation: { tasks: 'train.jsonl', every: 1 },
      stop: { steps: 2 },
    }),
  )
  expect(
    (await icrl('train', '--config', join(root, 'run.json'), '--out', run, '--quiet')).code,
  ).toBe(0)
})
afterAll(() => rm(root, { recursive: true, force: true }))

describe('icrl plan', () => {
  const write = async (name: string, change: object): Promise<string> => {
    const file = join(root, name)
    await writeFile(file, jsonConfig({ evaluation: { tasks: 'train.jsonl' }, ...change }))
    return file
  }

  it('says what a run will take, and shows its prompts, without a weight', async () => {
    const folder = join(root, 'bare-model')
    await writeTinyModel(folder)
    await rm(join(folder, 'model.safetensors'))
    const method = { name: 'icrl', tasksPerStep: 3, sessionsPerTask: 4 }
    const { code, out } = await icrl(
      'plan',
      await write('plan.json', { method }),
      '--model',
      folder,
    )
    expect(code).toBe(0)
    expect(out).toMatch(/^icrl on 2 tasks, held out 2; model /)
    expect(out).toMatch(/One step, at most: 12 sessions, /)
    expect(out).toMatch(
      /solver: 24 answers of at most 4 tokens, prompts of about 27\n {2}critic: 12 /,
    )
    expect(out).toMatch(/Memory of tensors: \d.* at most \([\d.]+k parameters, [\d.]+k learn\)/)
    expect(out).toContain('Fits a device of 8 GB.')
    expect(out).toContain('critic, a prompt of')
    expect(out).toContain('## How it ended')
    expect(out).toContain('"sessionsPerTask": 4')
  })

  it('estimates the seconds of a step on this device', async () => {
    const file = await write('time.json', { backend: BACKEND })
    const { code, out } = await icrl('plan', file, '--time', '--json')
    expect(code).toBe(0)
    const { rates } = JSON.parse(out)
    for (const rate of [rates.sampled, rates.trained]) expect(rate).toBeGreaterThan(0)
    expect((await icrl('plan', file, '--time')).out).toMatch(/One step on this device: about \d+s/)
  })

  it('holds a run against its plan', async () => {
    const { code, out } = await icrl('plan', run)
    expect(code).toBe(0)
    expect(out).toMatch(/^Of \d+ steps: +planned +measured\n {2}[^]*tokens sampled, most +\d/m)
    const { sampled, longest, measured } = JSON.parse((await icrl('plan', run, '--json')).out)
    expect(measured.mostSampled).toBeLessThanOrEqual(sampled)
    expect(longest).toBeGreaterThan(0)
  })

  it('counts the turns of an attempt, and how long they make it', async () => {
    const loaded = await loadRunConfig(join(root, 'run.json'))
    const recipe = grpo({
      attempt: multiTurn({ environment: countdown(), maxTurns: 3 }),
      tasksPerStep: 2,
      sessionsPerTask: 4,
    })
    const tasks = [{ id: 'train-0' }]
    const described = await describeRun({ ...loaded, config: { ...loaded.config, recipe, tasks } })
    const { roles, longest, sampled, prompts } = await planRun(described)
    const [{ answer }] = roles
    expect(roles).toMatchObject([{ role: 'solver', answers: 2 * 4 * 3 }])
    expect(sampled).toBe(2 * 4 * 3 * answer)
    expect(longest).toBeGreaterThan(prompts.get('solver')!.length + 3 * answer)
  })

  it('of a vocabulary of words, and with the snapshots of a run that samples ahead', async () => {
    const chain = fileURLToPath(
      new URL('../../../examples/quickstart/chain/icrl.config.ts', import.meta.url),
    )
    const loaded = await loadRunConfig(chain)
    const plan = async (staleness: number): Promise<RunPlan> =>
      planRun(
        await describeRun({ ...loaded, config: { ...loaded.config, asynchronous: { staleness } } }),
      )
    const [none, one] = [await plan(0), await plan(1)]
    // Eight tasks with eight sessions: six tokens, a critique of as many, and six more.
    expect(none.sampled).toBe(64 * 18)
    expect(none.memory!.snapshots).toBe(0)
    expect(one.memory!.snapshots).toBe(2 * one.memory!.weights)
    expect(one.memory!.peak).toBeGreaterThan(none.memory!.peak + one.memory!.snapshots)
  })

  it('says why nothing could be asked', async () => {
    const task = { verifier: 'exact-match', contextTokens: 1 }
    const { code, err } = await icrl('plan', await write('narrow.json', { task }))
    expect(code).toBe(1)
    expect(err).toContain('icrl plan: the first task failed')
    expect(err).toContain('the prompt has 112 tokens, the context 1.')
  })

  it('plans for a backend: one that multiplies in bf16 keeps less, one of a GPU lays out nothing', async () => {
    const file = await write('backend.json', { engine: { keep: 'all' } })
    const memoryOn = async (...flags: string[]): Promise<Record<string, number>> =>
      JSON.parse((await icrl('plan', file, ...flags, '--json')).out).memory
    const [cpu, bf16] = [
      await memoryOn('--backend', 'native-cpu'),
      await memoryOn('--backend', 'native-cuda-bf16'),
    ]
    expect(bf16.activations).toBeLessThan(cpu.activations)
    expect(bf16.cache).toBe(cpu.cache / 2)
    expect([cpu.panels > 0, bf16.panels]).toEqual([true, 0])
    expect(bf16.weights).toBe(cpu.weights)
    expect(await memoryOn()).toEqual(cpu)
  })

  it('gives the figures as JSON; an adapter learns less', async () => {
    const learning = async (name: string, engine?: object): Promise<number> => {
      const { out } = await icrl('plan', await write(name, { ...(engine && { engine }) }), '--json')
      return JSON.parse(out).memory.learning
    }
    const [full, lora] = [
      await learning('full.json'),
      await learning('lora.json', { adapter: { rank: 2 } }),
    ]
    expect(lora).toBeGreaterThan(0)
    expect(lora).toBeLessThan(full)
  })
})

describe('icrl probe', () => {
  const probe = (...more: string[]): ReturnType<typeof icrl> =>
    icrl(
      'probe',
      join(root, 'run.json'),
      '--tasks',
      '2',
      '--tries',
      '3',
      '--backend',
      BACKEND,
      ...more,
    )

  it('says how often the model succeeds, what a step takes, and shows a prompt a role', async () => {
    const { code, out } = await probe()
    expect(code).toBe(0)
    expect(out).toMatch(
      /^grpo: the first 2 of 2 tasks, before any training\n {2}greedy +\d+% succeed\n/,
    )
    expect(out).toContain('of 3 tries')
    expect(out).toMatch(/one step: 2 sessions, \d+ tokens sampled/)
    expect(out).toMatch(/solver, a prompt of \d+ tokens [^]*│ <user>add<user>[^]*<assistant>⟶/)
    expect(out).toContain('→ Hardly any group of 3 holds both a success and a failure')
  })

  it('gives the figures as JSON, and writes nothing', async () => {
    const before = await readdir(root)
    const { out } = await probe('--json')
    expect(JSON.parse(out)).toMatchObject({
      greedy: { attempts: 2, once: 0, any: 0, mixed: 0 },
      sampled: { attempts: 6 },
      tries: 3,
      step: { metrics: { step: 0 }, timing: { step: 0 } },
    })
    expect(await readdir(root)).toEqual(before)
  })
})

describe('icrl sft', () => {
  it('learns given answers, and goes on where it was paused', async () => {
    const data = join(root, 'conversations.jsonl')
    await writeFile(
      data,
      `${JSON.stringify({
        messages: [
          { role: 'user', content: 'add' },
          { role: 'assistant', content: 'one' },
        ],
      })}\n${JSON.stringify({ question: 'add', answer: 'one' })}\n`,
    )
    const args = [
      '--model',
      join(root, 'model'),
      '--data',
      data,
      '--batch',
      '2',
      '--epochs',
      '40',
      '--learning-rate',
      '0.03',
      '--backend',
      BACKEND,
      '--quiet',
    ]
    expect(
      (await icrl('sft', ...args, '--out', join(root, 'sft'), '--max-minutes', '1e-9')).code,
    ).toBe(3)
    const { code, out } = await icrl(
      'train',
      '--out',
      join(root, 'sft'),
      '--resume',
      '--quiet',
      '--json',
    )
    expect({ code, ...JSON.parse(out) }).toMatchObject({
      code: 0,
      method: 'sft',
      steps: 40,
      tokens_sampled: 0,
    })
    expect((await icrl('sample', join(root, 'sft'), 'add', '--max-tokens', '5')).out).toBe('one\n')
  })

  it('learns ids as it learns their words', async () => {
    const tokenizer = await loadTokenizer(join(root, 'model'))
    const renderer = chatRenderer({ tokenizer })
    const prompt = Array.from(renderer.start([{ role: 'user', content: 'add' }]))
    const response = Array.from(renderer.answer!('one'))
    const data = {
      words: { question: 'add', answer: 'one' },
      ids: { prompt, response, mask: response.map(() => 1) },
      half: { prompt, response, mask: response.map((_, t) => (t > 0 ? 1 : 0)) },
      foreign: { prompt, response: [99_999], mask: [1] },
      torn: { prompt, response, mask: [1] },
    }
    const learned = async (name: keyof typeof data): Promise<{ code: number; err: string }> => {
      await writeFile(join(root, `${name}.jsonl`), `${JSON.stringify(data[name])}\n`)
      const [model, file, out] = ['model', `${name}.jsonl`, `learned-${name}`].map((each) =>
        join(root, each),
      )
      const args = ['--model', model, '--data', file, '--out', out, '--backend', BACKEND]
      return icrl('sft', ...args, '--steps', '2', '--quiet', '--no-report')
    }
    const metrics: Record<string, string> = {}
    for (const name of ['words', 'ids', 'half'] as const) {
      expect((await learned(name)).code).toBe(0)
      metrics[name] = await readFile(join(root, `learned-${name}`, 'metrics.jsonl'), 'utf8')
    }
    expect(metrics.ids).toBe(metrics.words)
    expect(metrics.half).not.toBe(metrics.ids)
    expect((await learned('foreign')).err).toMatch(/line 1: id 99999 is not in the tokenizer's/)
    expect((await learned('torn')).err).toMatch(/line 1: its "mask" has 1 places for 4 ids/)
  })

  it('refuses data it cannot read, naming the line', async () => {
    await writeFile(join(root, 'bad.jsonl'), '{"messages":[{"role":"user","content":"add"}]}\n')
    expect(
      await icrl(
        'sft',
        '--model',
        join(root, 'model'),
        '--data',
        join(root, 'bad.jsonl'),
        '--out',
        join(root, 'none'),
      ),
    ).toMatchObject({
      code: 1,
      err: expect.stringMatching(/bad\.jsonl, line 1: neither "messages"/),
    })
    expect(await icrl('sft', '--out', join(root, 'none'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('--model DIR'),
    })
  })
})

describe('icrl export', () => {
  it('refuses a run in which nothing succeeded, and leaves no file', async () => {
    const out = join(root, 'exported', 'passed.jsonl')
    expect(await icrl('export', run, '--out', out)).toMatchObject({
      code: 1,
      err: expect.stringContaining('none of 4 samples succeeded'),
    })
    expect(await readdir(join(root, 'exported'))).toEqual([])
    expect((await icrl('export', run)).code).toBe(2)
  })
})

describe('icrl eval', () => {
  it('gives the figures of the trained model, of a checkpoint, of more answers', async () => {
    const { code, out } = await icrl('eval', run, '--json')
    expect(code).toBe(0)
    const interval = [expect.any(Number), expect.any(Number)]
    expect(JSON.parse(out)).toEqual({
      weights: join(run, 'model'),
      step: 2,
      tasks: 2,
      samples: 1,
      rounds: 1,
      sessions: 2,
      'eval/critique_free': expect.any(Number),
      intervals: { 'eval/critique_free': interval },
    })
    expect((await icrl('eval', run, '--checkpoint', '1')).out).toMatch(
      /step-00001.* after 1 steps, 2 held-out tasks\n  eval\/critique_free   \d\.\d{3}  \[\d\.\d{3}, \d\.\d{3}\]\n/,
    )
    expect(JSON.parse((await icrl('eval', run, '--samples', '2', '--json')).out)).toHaveProperty(
      'eval/pass_at_2',
    )
  })

  it('takes any number of rounds of critique, whatever it was trained with; first answers stay the run’s own', async () => {
    const { out } = await icrl('eval', run, '--rounds', '2', '--json')
    expect(JSON.parse(out)).toMatchObject({
      rounds: 2,
      'eval/plain_retry': expect.any(Number),
      'eval/with_critique': expect.any(Number),
      'eval/ungated_critique': expect.any(Number),
    })
    const { 'eval/critique_free': own } = JSON.parse(
      await readFile(join(run, 'summary.json'), 'utf8'),
    ).evaluations.at(-1).metrics as Record<string, number>
    expect(JSON.parse(out)['eval/critique_free']).toBe(own)
  })

  it('reports each set of held-out tasks, or one of them', async () => {
    await writeAdditions(join(root, 'few.jsonl'), 1)
    const sets = { many: { tasks: 'train.jsonl' }, few: { tasks: 'few.jsonl', repeats: 4 } }
    const config = join(root, 'sets.json')
    await writeFile(
      config,
      jsonConfig({
        method: { name: 'grpo', tasksPerStep: 1, sessionsPerTask: 2 },
        evaluation: { sets, every: 1 },
        stop: { steps: 1 },
      }),
    )
    const out = join(root, 'of-sets')
    const trained = await icrl('train', '--config', config, '--out', out)
    expect(trained).toMatchObject({ code: 0, err: expect.stringContaining('3 held out') })
    const { evaluations, headline, eval_final } = JSON.parse(
      await readFile(join(out, 'summary.json'), 'utf8'),
    )
    const { metrics } = evaluations.at(-1)
    const [few, many] = [metrics['eval/few/critique_free'], metrics['eval/many/critique_free']]
    expect([headline, eval_final]).toEqual(['critique_free', (few + many) / 2])
    const both = JSON.parse((await icrl('eval', out, '--json')).out)
    expect(both).toMatchObject({
      sets: {
        few: { set: 'few', tasks: 1, samples: 4, sessions: 4, 'eval/critique_free': few },
        many: { set: 'many', tasks: 2, samples: 1, sessions: 2, 'eval/critique_free': many },
      },
    })
    const sessions = join(root, 'sessions.jsonl')
    const one = await icrl('eval', out, '--set', 'few', '--out', sessions)
    expect(one.out).toMatch(/1 held-out tasks of few, 4 answers each\n/)
    const lines = (await readFile(sessions, 'utf8')).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).set)).toEqual(['few', 'few', 'few', 'few'])
    expect(await icrl('eval', out, '--set', 'none')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Held-out sets are: few, many.'),
    })
    expect(await icrl('eval', run, '--set', 'few')).toMatchObject({
      code: 2,
      err: expect.stringContaining('leave --set out'),
    })
  })

  it.each([
    [{ every: 1 }, 'expected tasks, or several sets of them'],
    [{ sets: {}, tasks: 'train.jsonl' }, 'tasks beside sets'],
    [{ sets: { a: { tasks: 'train.jsonl', repeat: 2 } } }, 'did you mean "repeats"'],
    [{ sets: {} }, 'evaluation.sets is empty'],
  ])('refuses the evaluation %j', async (evaluation, message) => {
    const config = join(root, 'refused.json')
    await writeFile(config, jsonConfig({ evaluation }))
    const refused = await icrl('train', '--config', config, '--out', join(root, 'refused'))
    expect(refused.code).toBeGreaterThan(0)
    expect(refused.err).toContain(message)
  })

  it('names the checkpoints there are', async () => {
    expect(await icrl('eval', run, '--checkpoint', '7')).toMatchObject({
      code: 1,
      err: expect.stringContaining('There are checkpoints of steps 1, 2.'),
    })
    expect(await icrl('eval', root)).toMatchObject({
      code: 1,
      err: expect.stringContaining('is not a run: it holds'),
    })
  })
})

describe('icrl sample', () => {
  it('asks a run’s model, or any folder, and repeats itself', async () => {
    const ask = (folder: string): ReturnType<typeof icrl> =>
      icrl(
        'sample',
        folder,
        'add one two',
        '--temperature',
        '1',
        '--count',
        '2',
        '--max-tokens',
        '3',
        '--json',
      )
    const first = await ask(run)
    expect(first.code).toBe(0)
    expect(
      first.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(
      [0, 1].map(() => ({
        text: expect.any(String),
        tokens: expect.any(Number),
        finish: expect.stringMatching(/stop|length/),
      })),
    )
    expect((await ask(run)).out).toBe(first.out)
    expect(first.err).toContain('sent as it is; --as-task puts it into the prompt')
    const ofFolder = await ask(join(root, 'model'))
    expect(ofFolder).toMatchObject({ code: 0, err: '' })
  })

  it('asks as the run’s task does, with its instructions', async () => {
    const sampled = vi.spyOn(LocalPolicy.prototype, 'sample')
    const asked = await icrl('sample', run, 'one two', '--as-task', '--max-tokens', '1')
    expect(asked).toMatchObject({ code: 0, err: '' })
    const renderer = chatRenderer({ tokenizer: await loadTokenizer(join(root, 'model')) })
    const text = renderer.text(sampled.mock.calls.at(-1)![0].prompt)
    sampled.mockRestore()
    expect(text).toContain('one two')
    expect(text).toContain('add') // the configuration's instructions
  })

  it('refuses to ask a model without a run as a task, and two system messages', async () => {
    const folder = join(root, 'model')
    expect((await icrl('sample', folder, 'x', '--as-task')).err).toContain('--as-task needs a run')
    const both = await icrl('sample', run, 'x', '--as-task', '--system', 'y')
    expect(both).toMatchObject({ code: 2, err: expect.stringContaining('exclude each other') })
  })
})

describe('icrl compare and icrl report', () => {
  it('compare runs, and write a page of them', async () => {
    expect((await icrl('compare', run)).out).toMatch(
      /^critique free, at .* sampled tokens, 2 held-out tasks\ngrpo  accuracy \d\.\d{3}/,
    )
    expect(JSON.parse((await icrl('compare', run, '--json')).out)).toMatchObject({
      condition: 'critique_free',
      methods: [{ method: 'grpo' }],
    })
    expect(await icrl('report', run, '--out', join(root, 'page.html'))).toMatchObject({
      code: 0,
      out: expect.stringMatching(/page\.html, \d+ kB/),
    })
    expect(await icrl('compare', join(root, 'nothing'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('→ '),
    })
  })
})

describe('icrl inspect', () => {
  it('shows steps, groups, sessions and tokens as the run stored them', async () => {
    const { out: steps } = await icrl('inspect', run)
    expect(steps).toMatch(/^grpo, seed 0: 2 steps\n\nstep {2}tokens /)
    const stored = (await readFile(join(run, 'samples/step-00001.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const [sample] = stored
    const { out: groups } = await icrl('inspect', run, '--step', '1')
    const rewards = stored.map(({ reward }) => reward).join(' ')
    expect(groups).toMatch(new RegExp(`${sample.keys.task} +solver +2 +[\\d.]+ +${rewards}`))
    const { out: sessions } = await icrl('inspect', run, '--step', '1', '--task', sample.keys.task)
    expect(sessions).toMatch(new RegExp(`^Reference answer:\\n {2}${sample.texts.answer}\\n\\n`))
    for (const { id } of stored) expect(sessions).toContain(`${id}   reward `)
    const { out: tokens } = await icrl('inspect', run, '--step', '1', '--sample', sample.id)
    sample.response.forEach((id: number, t: number) =>
      expect(tokens).toMatch(
        new RegExp(`^ *${t} +${id} .* yes +${sample.behaviorLogprobs[t].toFixed(3)} `, 'm'),
      ),
    )
  })

  it.each([
    [['--step', '7'], 1, 'Samples are stored of steps 0 to 1.'],
    [['--task', 'q'], 2, 'Add --step'],
    [['--step', '1', '--sample', 'x'], 2, 'the step has no "x"'],
  ])('%j is not there, and it says what is', async (flags, code, words) => {
    const { err, ...ran } = await icrl('inspect', run, ...flags)
    expect([ran.code, err]).toEqual([code, expect.stringContaining(words)])
  })
})

describe('icrl replay', () => {
  it('computes a step again, or otherwise', async () => {
    const again = JSON.parse((await icrl('replay', run, '--step', '1', '--json')).out) as Record<
      string,
      unknown
    >
    expect(again).toMatchObject({ step: 1, from: 1 })
    expect(again.replayed).toEqual(again.stored)
    expect(
      await icrl(
        'replay',
        run,
        '--step',
        '1',
        '--clip',
        '0.1,0.3',
        '--weights',
        'none',
        '--baseline',
        'mean',
      ),
    ).toMatchObject({ code: 0, out: expect.stringMatching(/stored +replayed\n +policy\/entropy/) })
  })

  it('refuses what it cannot do', async () => {
    expect(await icrl('replay', run)).toMatchObject({
      code: 2,
      err: expect.stringContaining('Give --step N'),
    })
    expect(await icrl('replay', run, '--step', '7')).toMatchObject({
      code: 1,
      err: expect.stringContaining('It has steps 0 to 1.'),
    })
    expect(await icrl('replay', run, '--step', '1', '--weights', 'tokens')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Did you mean "token"?'),
    })
    expect(await icrl('replay', run, '--step', '1', '--clip', 'x')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--clip is "x"'),
    })
  })
})

describe('icrl', () => {
  it('doctor says what loads and why the rest does not', async () => {
    const { code, out } = await icrl('doctor', '--json')
    const findings = JSON.parse(out) as { name: string; ok: boolean; says: string }[]
    expect(code).toBe(0)
    expect(findings.find(({ name }) => name === 'backend cpu')).toMatchObject({ ok: true })
    expect(findings.every(({ says }) => says.length > 0)).toBe(true)
  })

  it('explains itself, with examples', async () => {
    expect((await icrl('--help')).out).toMatch(/train[\s\S]*eval[\s\S]*sample[\s\S]*doctor/)
    expect((await icrl('train', '--help')).out).toContain('icrl train --out runs/first --resume')
    expect(await icrl()).toMatchObject({ code: 2 })
  })

  it('runs from its sources through its committed binary, in one process', () => {
    const binary = fileURLToPath(new URL('../bin/icrl.js', import.meta.url))
    const { status, stdout, stderr } = spawnSync(process.execPath, [binary, '--version'], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    })
  })
})
