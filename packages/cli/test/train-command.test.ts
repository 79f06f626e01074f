import { spawn, spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { icrl } from './command-line.ts'
import { BACKEND, jsonConfig, writeAdditions, writeTinyModel } from './tiny-model.ts'

// Each case starts a process or loads a model several times, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 })

let home: string
let root: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'icrl-train-'))
  await writeTinyModel(join(home, 'pristine', 'model'))
  await writeAdditions(join(home, 'pristine', 'train.jsonl'))
})
afterAll(() => rm(home, { recursive: true, force: true }))
beforeEach(async () => {
  root = await mkdtemp(join(home, 'case-'))
  await cp(join(home, 'pristine'), root, { recursive: true })
})

const at = (...parts: string[]): string => join(root, ...parts)
const small = {
  evaluation: undefined,
  stop: { steps: 1 },
  roles: {
    solver: { sampling: { maxTokens: 2, temperature: 1 } },
    critic: { sampling: { maxTokens: 2, temperature: 1 } },
  },
  method: { name: 'grpo', tasksPerStep: 1, sessionsPerTask: 2 },
}
const configure = (more: Readonly<Record<string, unknown>> = {}): Promise<void> =>
  writeFile(at('run.json'), jsonConfig({ ...small, ...more }))
const trainIt = (...more: string[]): ReturnType<typeof icrl> =>
  icrl('train', '--config', at('run.json'), '--out', at('out'), ...more)

describe('icrl train', () => {
  it('trains into a run folder, shows progress on standard error and the result on standard output', async () => {
    await writeAdditions(at('held-out.jsonl'), 1)
    await configure({
      method: {
        name: 'icrl',
        tasksPerStep: 1,
        sessionsPerTask: 2,
        evaluations: ['critique_free'],
      },
      evaluation: { tasks: 'held-out.jsonl' },
    })
    const { code, out, err } = await trainIt()
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringMatching(
        /^icrl on 4 tasks, 1 held out; backend (native-)?cpu.*\n1 of 1 held-out tasks are trained on.*\ninto .*: [\d.]+ kB for checkpoints and model, .*\n.*held out, after 0 steps: critique free .*\n.*step 1\/1 .*\n.*held out, after 1 steps/,
      ),
    })
    expect(out).toMatch(/^icrl: 1 steps, \d+ tokens, .*; held out \d\.\d\d → \d\.\d\d; /)
    expect((await readdir(at('out'))).sort()).toEqual([
      'checkpoints',
      'config.json',
      'evaluations',
      'metrics.jsonl',
      'model',
      'report.html',
      'run.log',
      'samples',
      'summary.json',
      'timing.jsonl',
    ])
  })

  it('resumes with what the folder says, overrides included, and repeats the bytes of a whole run', async () => {
    await configure({ stop: { steps: 9 }, checkpoints: { every: 1 } })
    expect((await trainIt('--steps', '2', '--seed', '5', '--quiet')).code).toBe(0)
    const paused = await icrl(
      'train',
      '--config',
      at('run.json'),
      '--out',
      at('parts'),
      '--steps',
      '2',
      '--seed',
      '5',
      '--max-minutes',
      '0.0000001',
    )
    expect(paused).toMatchObject({
      code: 3,
      err: expect.stringContaining(`To go on: icrl train --out ${at('parts')} --resume`),
    })
    const { code, out } = await icrl('train', '--out', at('parts'), '--resume', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ seed: 5, steps: 2, finished: true, backend: BACKEND })
    for (const file of ['metrics.jsonl', 'model/model.safetensors'])
      expect(await readFile(at('parts', file))).toEqual(await readFile(at('out', file)))
  })

  it('is extended when it is resumed, with the bytes of a run that was asked for as much', async () => {
    await configure({ stop: { steps: 9 }, checkpoints: { every: 1 } })
    expect((await trainIt('--steps', '2', '--quiet')).code).toBe(0)
    const resumed = ['train', '--out', at('out'), '--resume', '--quiet']
    expect((await icrl(...resumed, '--steps', '3', '--concurrency', '1')).code).toBe(0)
    expect((await icrl(...resumed, '--tokens', '1')).code).toBe(1)
    const again = await icrl(...resumed, '--json')
    expect(JSON.parse(again.out)).toMatchObject({ steps: 3, finished: true })
    const whole = ['train', '--config', at('run.json'), '--out', at('whole'), '--quiet']
    expect((await icrl(...whole, '--steps', '3')).code).toBe(0)
    for (const file of ['metrics.jsonl', 'model/model.safetensors'])
      expect(await readFile(at('out', file))).toEqual(await readFile(at('whole', file)))
  })

  it('trains adapters by role over one base in bf16, to the byte also when resumed', async () => {
    const sampling = { maxTokens: 3, temperature: 1 }
    await configure({
      method: { name: 'icrl', tasksPerStep: 2, sessionsPerTask: 2 },
      engine: { adapter: { rank: 2 }, weights: 'bf16' },
      adapters: { critic: { rank: 1, targets: ['q_proj', 'v_proj'], seed: 1 } },
      roles: { solver: { sampling }, critic: { sampling, policy: 'critic' } },
      evaluation: { tasks: 'train.jsonl' },
      stop: { steps: 2 },
      checkpoints: { every: 1 },
    })
    expect(await trainIt('--quiet')).toMatchObject({ code: 0, err: '' })
    const parts = ['train', '--config', at('run.json'), '--out', at('parts'), '--quiet']
    expect((await icrl(...parts, '--steps', '1')).code).toBe(0)
    const resumed = ['train', '--out', at('parts'), '--resume', '--steps', '2', '--quiet']
    expect((await icrl(...resumed)).code).toBe(0)
    const files = ['shared', 'critic'].map((name) => `model/${name}/adapter_model.safetensors`)
    for (const file of ['metrics.jsonl', ...files])
      expect(await readFile(at('parts', file))).toEqual(await readFile(at('out', file)))
    const lines = (await readFile(at('out', 'metrics.jsonl'), 'utf8')).trim().split('\n')
    const mismatches = lines.map((line) => JSON.parse(line)['policy/mismatch_max'] as number)
    expect(mismatches).toContain(0)
    expect(mismatches.every((found) => found === undefined || found === 0)).toBe(true)
    expect(await icrl('eval', at('out'))).toMatchObject({ code: 0 })
    await configure({ adapters: { critic: { rank: 1 } } })
    expect(await icrl('train', '--config', at('run.json'), '--out', at('full'))).toMatchObject({
      code: 2,
      err: expect.stringContaining("adapters.critic: the model's weights would not stay"),
    })
  })

  it('follows a schedule, and a reference that follows the model', async () => {
    await configure({
      stop: { steps: 3 },
      optimizer: { learningRate: { peak: 0.01, warmup: 2, decay: 'linear', steps: 4 } },
      references: { shared: { every: 2 } },
      method: { ...small.method, klCoefficient: 0.1 },
    })
    expect((await trainIt('--quiet')).code).toBe(0)
    const lines = (await readFile(at('out', 'metrics.jsonl'), 'utf8')).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line)['policy/learning_rate'])).toEqual([
      0.005, 0.01, 0.01,
    ])
    expect(JSON.parse(await readFile(at('out', 'config.json'), 'utf8'))).toMatchObject({
      optimizer: { learningRate: { peak: 0.01, steps: 4 } },
      references: { shared: { every: 2 } },
    })
  })

  it('refuses what `engine` cannot keep or freeze', async () => {
    await configure({ engine: { keep: 'some', frozen: ['lm_head.weight'] } })
    expect(await trainIt()).toMatchObject({
      code: 2,
      err: expect.stringMatching(
        /engine\.keep.*no "some"; expected one of: all, attention, inputs/,
      ),
    })
    await configure({ engine: { frozen: ['lm_head.weight'] } })
    expect(await trainIt()).toMatchObject({
      code: 2,
      err: expect.stringContaining('frozen: the model has no parameter "lm_head.weight".'),
    })
  })

  it('writes a table and TensorBoard events beside the run, and goes on with them', async () => {
    await configure({ stop: { steps: 2 }, checkpoints: { every: 1 } })
    expect(
      (await trainIt('--quiet', '--csv', '--tensorboard', '--max-minutes', '0.0000001')).code,
    ).toBe(3)
    expect((await icrl('train', '--out', at('out'), '--resume', '--quiet')).code).toBe(0)
    expect(
      (await readFile(at('out', 'metrics.csv'), 'utf8'))
        .split('\n')
        .map((line) => line.split(',')[0]),
    ).toEqual(['step', '0', '1', ''])
    expect(
      (await readdir(at('out', 'tensorboard'))).every((name) =>
        name.startsWith('events.out.tfevents.'),
      ),
    ).toBe(true)
  })

  it('takes a configuration in TypeScript, through the committed binary, in one process', () => {
    const [binary, config] = ['../bin/icrl.js', './fixtures/run.config.ts'].map((path) =>
      fileURLToPath(new URL(path, import.meta.url)),
    )
    const args = [
      binary,
      'train',
      '--config',
      config,
      '--model',
      at('model'),
      '--out',
      at('out'),
      '--quiet',
      '--json',
    ]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({ method: 'grpo', steps: 1, finished: true })
  })

  // Node takes both as CommonJS, for one reason.
  it.each(
    [
      ['without a package.json', undefined],
      ['whose package.json says nothing of modules', '{"name":"mine"}'],
    ].slice(0, process.env.ICRL_FULL ? undefined : 1),
  )('takes a configuration and what it imports from a folder %s', async (_, packageJson) => {
    if (packageJson) await writeFile(at('package.json'), packageJson)
    await writeFile(at('stop.ts'), 'export const stop: { readonly steps: number } = { steps: 0 }\n')
    await writeFile(
      at('run.config.ts'),
      "import { stop } from './stop.ts'\nexport default { stop }\n",
    )
    const binary = fileURLToPath(new URL('../bin/icrl.js', import.meta.url))
    const { status, stderr } = spawnSync(
      process.execPath,
      [binary, 'train', '--config', at('run.config.ts'), '--out', at('out')],
      { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } },
    )
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringContaining('stop.steps: is 0; expected a whole number of 1 or more'),
    })
  })
})

describe('Ctrl-C', () => {
  const binary = fileURLToPath(new URL('../bin/icrl.js', import.meta.url))
  /** Sends these signals to a long run once it has done a step. */
  const interrupted = async (
    ...signals: NodeJS.Signals[]
  ): Promise<{ code: number | null; err: string }> => {
    await configure({ stop: { steps: 100_000 } })
    const child = spawn(
      process.execPath,
      [binary, 'train', '--config', at('run.json'), '--out', at('out')],
      { env: { ...process.env, NODE_OPTIONS: '' } },
    )
    let err = ''
    let isSent = false
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString()
      if (!err.includes('step 1/') || isSent) return
      isSent = true
      signals.forEach((signal, i) => setTimeout(() => child.kill(signal), i * 20))
    })
    // A shell gives 128 + 2 for a process that ends by SIGINT: once paused, it is not caught.
    return new Promise((done) =>
      child.on('exit', (code, signal) => done({ code: signal === 'SIGINT' ? 130 : code, err })),
    )
  }

  it('once: stops at the step boundary with a checkpoint, and says how to go on', async () => {
    const { code, err } = await interrupted('SIGINT')
    expect(code).toBe(3)
    expect(err).toContain(`To go on: icrl train --out ${at('out')} --resume`)
    expect(await readdir(at('out', 'checkpoints'))).toContain('latest')
  })

  it('twice, or after the end of the terminal: stops at once', async () => {
    const { code } = await interrupted('SIGHUP', 'SIGINT')
    expect(code).toSatisfy((stopped) => stopped === 130 || stopped === 3)
  })
})

describe('what never settles', () => {
  it.each([
    ['a configuration', 'configuration', 'the command waits for something'],
    ['a recipe', 'recipe', 'train: step 0 waits for something'],
  ])('is an error that leaves nothing locked: %s', async (_, where, message) => {
    const [binary, config] = ['../bin/icrl.js', './fixtures/stuck.config.ts'].map((path) =>
      fileURLToPath(new URL(path, import.meta.url)),
    )
    const { status, stderr } = spawnSync(
      process.execPath,
      [binary, 'train', '--config', config, '--out', at('out')],
      {
        encoding: 'utf8',
        env: {
          ...process.env,
          NODE_OPTIONS: '',
          ICRL_TEST_STUCK: where,
          ICRL_TEST_MODEL: at('model'),
        },
      },
    )
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining(message) })
    await expect(readdir(at('out'))).rejects.toThrow('ENOENT')
  })
})

describe('what icrl train refuses, with nothing written', () => {
  const refused = async (
    message: string | RegExp,
    code: number,
    ...more: string[]
  ): Promise<void> => {
    const ran = await trainIt('--quiet', ...more)
    expect(ran.err).toMatch(message)
    expect(ran.err).toContain('→ ')
    expect(ran.code).toBe(code)
    await expect(readdir(at('out'))).rejects.toThrow('ENOENT')
  }

  it('a misspelt flag, naming the nearest', async () => {
    expect(await icrl('train', '--ouut', 'x')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Did you mean --out?'),
    })
    expect(await icrl('trian')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Did you mean train?'),
    })
    expect(await icrl('train', '--out', at('out'), '--steps', 'many')).toMatchObject({
      code: 2,
      err: expect.stringContaining('whole number'),
    })
  })

  it('misspelt and misshapen options, each with its line and the nearest name', async () => {
    await writeFile(
      at('run.json'),
      jsonConfig(small)
        .replace('"tasks"', '"task_list": "x",\n  "tasks"')
        .replace('"learningRate": 0.01', '"learnigRate": 0.01,\n "clipNorm": "one"'),
    )
    const { code, err } = await trainIt()
    expect(code).toBe(2)
    expect(err).toMatch(/task_list, line \d+: there is no such option/)
    expect(err).toMatch(
      /optimizer\.learnigRate, line \d+: there is no such option; did you mean "learningRate"\?/,
    )
    expect(err).toMatch(/optimizer\.clipNorm, line \d+: is "one"; expected a number/)
    expect(err).toMatch(/optimizer\.learningRate.*: missing/)
  })

  it.skipIf(process.platform === 'win32')('TypeScript under a path with a ?', async () => {
    await mkdir(at('a?b'))
    await writeFile(at('a?b', 'run.config.ts'), 'export default {}')
    const ran = await icrl('train', '--config', at('a?b', 'run.config.ts'), '--out', at('out'))
    expect(ran).toMatchObject({ code: 1, err: expect.stringContaining('has a "?" in its path') })
  })

  it('an unknown method, its unknown option, an unknown verifier', async () => {
    await configure({ method: { name: 'icrll' } })
    await refused('Did you mean "icrl"?', 2)
    await configure({ method: { name: 'grpo', sessions: 4 } })
    await refused('no option "sessions"', 2)
    await configure({ task: { verifier: 'math' } })
    await refused('There are exact-match', 2)
  })

  it('a schedule without length, a role or a reference that is not there, in their own words', async () => {
    const optimizer = (more: object): Record<string, unknown> => ({
      optimizer: { learningRate: { peak: 0.01, ...more } },
    })
    await configure(optimizer({ decay: 'linear' }))
    await refused(/optimizer\.learningRate decays.*\n→ Give optimizer\.learningRate\.steps/, 2)
    await configure(optimizer({ decay: 'linear', steps: 2, warmup: 3 }))
    await refused('optimizer.learningRate.warmup is 3 steps, and the schedule has 2', 2)
    await configure(optimizer({ decay: 'linear', steps: 0 }))
    await refused(/optimizer\.learningRate\.steps, line \d+: is 0; expected/, 2)
    await configure({ references: { model: { every: 2 } } })
    await refused(/references\.model: the run has no policy "model"\.\n→ Policies are: shared/, 2)
    const { solver } = small.roles
    await configure({ method: { name: 'icrl', tasksPerStep: 1 }, roles: { solver } })
    await refused(/needs the role "critic".*\n→ Give roles\.critic/, 2)
    await configure({ sampling: solver.sampling })
    await refused(/sampling, line \d+: there is no such option/, 2)
  })

  it('JSON that is not, with its line', async () => {
    await writeFile(at('run.json'), '{\n  "model": "model",\n  "seed": zero\n}')
    await refused(/run\.json, line 3: zero is neither a value nor a name in quotes/, 1)
  })

  it('files that are not there', async () => {
    await configure({ model: 'modle' })
    await refused(/there is no folder .*modle/, 1)
    await configure({ tasks: 'nowhere.jsonl' })
    await refused(/nowhere\.jsonl: no such file/, 1)
    await configure()
    await rm(at('model', 'tokenizer.json'))
    await refused('has no tokenizer.json', 1)
    expect(await icrl('train', '--config', at('absent.ts'), '--out', at('out'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('missing-file'),
    })
    expect(await icrl('train', '--out', at('out'), '--resume')).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no folder'),
    })
  })

  it('damaged weights and data', async () => {
    await configure()
    await truncate(at('model', 'model.safetensors'), 9000)
    await refused(/model\.safetensors/, 1)
    await writeFile(at('train.jsonl'), '{"question":"add one","answer":"one"}\n{"question":"torn')
    await refused(/train\.jsonl, line 2: not JSON/, 1)
    await writeFile(at('train.jsonl'), '{"answer":"one"}\n')
    await refused(/train\.jsonl, line 1: it has no "question"/, 1)
  })

  it('no tasks', async () => {
    await configure()
    await writeFile(at('train.jsonl'), '\n')
    await refused('empty-tasks', 1)
  })

  it('a tokenizer with more ids than the model', async () => {
    await configure()
    await writeTinyModel(at('model'), 100)
    await refused(/vocabulary-mismatch/, 1)
  })

  it('to go on where every prompt is longer than the context', async () => {
    await configure()
    await writeFile(
      at('train.jsonl'),
      `${JSON.stringify({ question: 'add '.repeat(600), answer: 'one' })}\n`,
    )
    expect(await trainIt('--quiet')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/sessions-failed.* 2 × .*prompt has \d+ tokens/),
    })
  })

  it('a loss that is not finite', async () => {
    await configure({
      optimizer: { learningRate: 1e19 },
      stop: { steps: 3 },
      method: { name: 'grpo', tasksPerStep: 2, sessionsPerTask: 2, entropyCoefficient: 1 },
    })
    const { code, err } = await trainIt('--quiet', '--backend', 'cpu')
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/non-finite.*\n→ /) })
  })

  it('to go on where every session fails: with the reasons, and where the first was thrown', async () => {
    const config = at('dead.config.ts')
    await writeFile(
      config,
      `import { grpo } from '@icrl/recipes'
       import { multiTurn } from '@icrl/rollout'
       import { defineRun } from 'icrl'
       const environment = { name: 'dead', actions: 'any', open: async () => { throw new Error('connect ECONNREFUSED 127.0.0.1:9') } }
       export default defineRun({
         model: 'model', backend: 'cpu', tasks: [{ id: 'a' }], stop: { tokens: 100 }, optimizer: { learningRate: 1 },
         recipe: grpo({ attempt: multiTurn({ environment, maxTurns: 1 }), tasksPerStep: 1, sessionsPerTask: 2 }),
         roles: { solver: { sampling: { maxTokens: 2, temperature: 1 } } },
       })`,
    )
    const { code, out, err } = await icrl('train', '--config', config, '--out', at('out'))
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/step \d+ .* 2 sessions failed \(100%\)/)
    expect(err).toMatch(
      /sessions-failed\) train: every session of steps 0 to 2 failed, 6 in all: 6 × environment "dead", .*connect ECONNREFUSED 127\.0\.0\.1:9.*\nError: connect ECONNREFUSED[^]*at .*dead\.config\.ts[^]*\n→ Mend that, and resume/,
    )
  })

  it('a backend that is not there', async () => {
    await configure()
    await refused('There is no backend "cuda"', 2, '--backend', 'cuda')
  })

  it('a run that is there already', async () => {
    await configure()
    expect((await trainIt('--quiet')).code).toBe(0)
    expect(await trainIt('--quiet')).toMatchObject({
      code: 1,
      err: expect.stringContaining('already holds a run'),
    })
  })

  it('another configuration on resuming', async () => {
    await configure()
    expect((await trainIt('--quiet')).code).toBe(0)
    await configure({ sessionTimeoutMs: 6400 })
    expect(await trainIt('--quiet', '--resume')).toMatchObject({
      code: 1,
      err: expect.stringContaining('sessionTimeoutMs: null → 6400'),
    })
  })
})
