import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadLocalPolicy, SafetensorsFile, selectBackend } from '@icrl/backbone'
import { loadTokenizer } from '@icrl/renderer'
import { memory } from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { buildRun } from '../src/config/build-run.ts'
import { checkConfig } from '../src/config/check-config.ts'
import { runConfigSchema } from '../src/config/run-config-schema.ts'
import { loadRunConfig } from '../src/config/load-run-config.ts'
import type { EngineOptions, RunConfig } from '../src/config/define-run.ts'
import type { Engine, PolicyFactory } from '../src/config/policy-factory.ts'
import { runTraining } from '../src/run-training.ts'
import { icrl } from './command-line.ts'
import { writeTinyModel } from './tiny-model.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const CONFIG = fileURLToPath(new URL('fixtures/engine.config.ts', import.meta.url))
let root: string
const at = (...parts: string[]): string => join(root, ...parts)
const engineIs = (more: object = {}): void => {
  process.env.ICRL_TEST_ENGINE = JSON.stringify({
    folder: at('model'),
    description: 'tiny',
    ...more,
  })
}
const train = (out: string, ...more: string[]): ReturnType<typeof icrl> =>
  icrl('train', '--config', CONFIG, '--out', at(out), '--no-report', ...more)

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'icrl-engine-'))
  await writeTinyModel(at('model'))
})
afterAll(async () => {
  delete process.env.ICRL_TEST_ENGINE
  await rm(root, { recursive: true, force: true })
})

describe('a configuration that makes its engine', () => {
  beforeAll(async () => {
    engineIs()
    expect(await train('run')).toMatchObject({
      code: 0,
      err: expect.stringMatching(
        /^grpo on 1 tasks, 1 held out; engine handMade\ninto .*: checkpoints and model, and the samples/,
      ),
    })
  })

  it('trains to the bytes of the folder that --model puts in its place', async () => {
    expect((await train('folder', '--model', at('model'), '--backend', 'cpu', '-q')).code).toBe(0)
    for (const file of ['metrics.jsonl', 'model/model.safetensors'])
      expect(await readFile(at('run', file))).toEqual(await readFile(at('folder', file)))
  })

  it('really trains', async () => {
    const [first] = (await readFile(at('run', 'metrics.jsonl'), 'utf8')).split('\n')
    expect(JSON.parse(first)['policy/grad_norm']).toBeGreaterThan(0)
  })

  it('stores the name and the description of what made it', async () => {
    const { config } = JSON.parse(await readFile(at('run', 'config.json'), 'utf8'))
    expect(config).toMatchObject({
      model: { factory: 'handMade', description: { model: 'tiny' } },
      backend: null,
    })
  })

  it('resumes to the bytes of a whole run, and not as another engine', async () => {
    expect(await train('parts', '-q', '--max-minutes', '1e-9')).toMatchObject({
      code: 3,
      err: expect.stringContaining('To go on: icrl train'),
    })
    engineIs({ description: 'another' })
    expect(await icrl('train', '--out', at('parts'), '--resume', '-q')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/run-conflict.*config\.model\.description/s),
    })
    engineIs()
    expect((await icrl('train', '--out', at('parts'), '--resume', '-q', '--no-report')).code).toBe(
      0,
    )
    for (const file of ['metrics.jsonl', 'model/model.safetensors'])
      expect(await readFile(at('run', file))).toEqual(await readFile(at('parts', file)))
  })

  it('evaluates, answers and replays with the weights of the run', async () => {
    const evaluated = await icrl('eval', at('run'), '--json')
    expect(JSON.parse(evaluated.out)).toMatchObject({ weights: at('run', 'model'), step: 2 })
    const question = ['add two', '--temperature', '1', '--max-tokens', '6', '--json']
    const made = await icrl('sample', at('run'), ...question)
    expect(made).toMatchObject({ code: 0 })
    expect((await icrl('sample', at('folder'), ...question, '--backend', 'cpu')).out).toBe(made.out)
    const replayed = JSON.parse((await icrl('replay', at('run'), '--step', '1', '--json')).out)
    expect(replayed.from).toBe(1)
    expect(replayed.replayed).toMatchObject(replayed.stored)
  })
})

describe('an engine that keeps no weights', () => {
  beforeAll(() => engineIs({ lacks: ['save'] }))

  it('trains, says that there are no checkpoints, and replays from the first weights', async () => {
    expect(await train('kept')).toMatchObject({
      code: 0,
      err: expect.stringContaining('no checkpoints, for the engine keeps no weights'),
    })
    const { out } = await icrl('replay', at('kept'), '--step', '1', '--json')
    expect(JSON.parse(out)).toMatchObject({ from: 0 })
    expect(await train('pause', '-q', '--max-minutes', '1e-9')).toMatchObject({
      code: 3,
      err: expect.stringContaining('The engine handMade keeps no weights: the run cannot go on.'),
    })
  })

  it.each([
    ['--resume', (run: string) => ['train', '--out', run, '--resume']],
    ['icrl eval', (run: string) => ['eval', run]],
    ['icrl sample', (run: string) => ['sample', run, 'add']],
  ])('refuses %s by name', async (_, args) => {
    const { code, err } = await icrl(...args(at('kept')))
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringContaining(
        'the engine handMade keeps no weights: its policy lacks the capability save.',
      ),
    })
  })
})

describe('what a folder’s engine keeps and trains', () => {
  it('is said by `engine`: the same bytes with less kept, fixed weights where frozen', async () => {
    const name = 'model.embed_tokens.weight'
    const { config, file, sha256 } = await loadRunConfig(CONFIG)
    const trained = async (out: string, engine: EngineOptions): Promise<Buffer> => {
      const loaded = { config: { ...config, model: at('model'), engine }, file, sha256 }
      const overrides = { backend: 'cpu' }
      const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
      await runTraining({ loaded, overrides, out: at(out), quiet: true, report: false })
      write.mockRestore()
      return readFile(at(out, 'model', 'model.safetensors'))
    }
    const all = await trained('all', {})
    expect((await trained('inputs', { keep: 'inputs' })).equals(all)).toBe(true)
    expect((await trained('frozen', { frozen: [name] })).equals(all)).toBe(false)
    const embedding = async (folder: string): Promise<Float32Array> => {
      await using weights = await SafetensorsFile.open(at(folder, 'model.safetensors'))
      return weights.read(name)
    }
    expect(await embedding('frozen/model')).toEqual(await embedding('model'))
    expect(await embedding('all/model')).not.toEqual(await embedding('model'))
  })
})

describe('a run that samples while it learns', () => {
  it.each([
    ['by default', undefined, { by: 'token', keep: 'truncate', high: 2 }],
    ['as it says', { keep: 'mask' } as const, { keep: 'mask' }],
    ['not at all', false as const, undefined],
  ])('is corrected %s', async (_, correction, options) => {
    const loaded = await loadRunConfig(CONFIG)
    const config = { ...loaded.config, asynchronous: { staleness: 1 }, correction }
    await using run = await buildRun({ ...loaded, config }, at('none'), { model: at('model') })
    expect(run.options.asynchronous).toEqual({ staleness: 1 })
    if (options) expect(run.options.correction!.options).toMatchObject(options)
    else expect(run.options.correction).toBeUndefined()
  })

  it('is refused a staleness that is no count', () => {
    const config = { asynchronous: { staleness: -1 } }
    expect(() => checkConfig(runConfigSchema, config, 'run.ts')).toThrow(/asynchronous\.staleness/)
  })
})

describe('what a function in model may answer', () => {
  const build = async (model: PolicyFactory, more: Partial<RunConfig> = {}): Promise<unknown> => {
    const { config, file, sha256 } = await loadRunConfig(CONFIG)
    return buildRun({ config: { ...config, model, ...more }, file, sha256 }, at('none'))
  }
  const engine = async (more: object): Promise<Engine> => {
    await selectBackend('cpu')
    const [policy, tokenizer] = [
      await loadLocalPolicy(at('model')),
      await loadTokenizer(at('model')),
    ]
    return { policy, tokenizer, contextLength: 2048, ...more } as Engine
  }

  it.each([
    [{ policy: { sample: () => undefined } }, 'a policy without score()'],
    [{ tokenizer: undefined }, 'a tokenizer without encode()'],
    [{ contextLength: 0.5 }, 'the contextLength 0.5'],
    [{ description: { at: new Date(0) } }, 'a description that is not JSON'],
  ])('not %o', async (more, what) => {
    const before = memory().numTensors
    const made = engine({})
    await expect(
      build(async function mine() {
        return { ...(await made), ...more } as Engine
      }),
    ).rejects.toThrow(
      `model: the function mine returned ${what}. Return { policy, tokenizer, contextLength, description? }.`,
    )
    if (!('policy' in more)) expect(memory().numTensors).toBe(before)
  })

  it('not nothing, and its own errors keep their words', async () => {
    await expect(build(async () => undefined as never)).rejects.toThrow('a policy without sample()')
    await expect(
      build(() => {
        throw new Error('no card here')
      }),
    ).rejects.toThrow(/^model: the function .* failed: no card here\./)
  })

  it('no sizes and moments beside it, which it would not hear of', async () => {
    const options = { engine: { packTokens: 64 }, optimizer: { learningRate: 1, beta1: 0.5 } }
    await expect(build(async () => engine({}), options)).rejects.toThrow(
      /^engine, optimizer\.beta1: without effect, because the function .* in `model` makes the engine/,
    )
  })

  it('frees the policy where another part of the run fails', async () => {
    await selectBackend('cpu')
    const before = memory().numTensors
    const recipe = (): never => {
      throw new Error('no recipe')
    }
    await expect(build(() => engine({}), { recipe })).rejects.toThrow('no recipe')
    expect(memory().numTensors).toBe(before)
  })
})
