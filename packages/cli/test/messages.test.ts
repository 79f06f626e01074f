import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { icrl } from './command-line.ts'
import { BACKEND, jsonConfig, writeAdditions, writeTinyModel } from './tiny-model.ts'

// What somebody reads who mistypes something, or points at the wrong place.
vi.setConfig({ testTimeout: 60_000 })

let root: string
const at = (...parts: string[]): string => join(root, ...parts)
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'icrl-messages-'))
  await writeTinyModel(at('model'))
  await writeAdditions(at('train.jsonl'))
  vi.spyOn(process, 'cwd').mockReturnValue(root)
})
afterEach(() => rm(at('out'), { recursive: true, force: true }))
afterAll(async () => {
  vi.restoreAllMocks()
  await rm(root, { recursive: true })
})

interface Config {
  method: Record<string, unknown>
  task: Record<string, unknown>
  roles: Record<string, { sampling: Record<string, unknown> }>
  [key: string]: unknown
}

/** Writes a configuration that is right but for one change, and says what training it says. */
async function mistake(change: (config: Config) => void, ...flags: string[]): Promise<string> {
  const config = JSON.parse(jsonConfig({ evaluation: undefined, stop: { steps: 1 } })) as Config
  change(config)
  await writeFile(at('run.json'), JSON.stringify(config, null, 2))
  const { err } = await icrl('train', '--config', at('run.json'), '--out', at('out'), ...flags)
  return err
}

describe('a configuration’s mistake', () => {
  it.each<[string, (config: Config) => void, RegExp]>([
    [
      'an option of the method',
      ({ method }) => Object.assign(method, { taskPerStep: 2 }),
      /run\.json: method\.taskPerStep, line 8: no option "taskPerStep"\.\n.*Did you mean "tasksPerStep"\?/,
    ],
    [
      'an option of the task',
      ({ task }) => Object.assign(task, { contextToken: 2 }),
      /task\.contextToken, line \d+: there is no such option; did you mean "contextTokens"\?/,
    ],
    [
      'a method',
      ({ method }) => Object.assign(method, { name: 'icrll' }),
      /method\.name, line 5: there is no "icrll"\.\n.*Did you mean "icrl"\?/,
    ],
    [
      'a verifier',
      ({ task }) => Object.assign(task, { verifier: 'exactmatch' }),
      /task\.verifier, line \d+: there is no "exactmatch"\.\n.*Did you mean "exact-match"\?/,
    ],
    [
      'a word',
      ({ method }) => Object.assign(method, { preset: 'relased' }),
      /method\.preset, line 8: preset is "relased"\.\n.*Did you mean "released"\?/,
    ],
    [
      'a backend',
      (config) => Object.assign(config, { backend: 'natve-cpu' }),
      /There is no backend "natve-cpu"\.\n.*Did you mean "native-cpu"\?/,
    ],
    [
      'a role',
      ({ roles }) => {
        roles.critics = roles.critic
        delete (roles as Partial<typeof roles>).critic
      },
      /needs the role "critic", which is not in roles\.\n.*Is it roles\.critics\?/,
    ],
    [
      'the name of a rule to stop',
      (config) => Object.assign(config, { stop: { step: 3 } }),
      /stop\.step, line \d+: there is no such option; did you mean "steps"\?\n/,
    ],
    [
      'an option of a schedule',
      ({ optimizer }) => Object.assign(optimizer as object, { learningRate: { peek: 1 } }),
      /learningRate\.peek, line \d+: there is no such option; did you mean "peak"\?\n/,
    ],
    [
      'a word of the engine',
      (config) => Object.assign(config, { engine: { weights: 'bf61' } }),
      /engine\.weights, line \d+: there is no "bf61"; did you mean "bf16"\?\n/,
    ],
  ])('is named with its key and line, and what was meant: %s', async (_, change, said) => {
    expect(await mistake(change)).toMatch(said)
  })

  it.each<[string, (config: Config) => void, RegExp]>([
    [
      'a number below its least',
      ({ optimizer }) => Object.assign(optimizer as object, { learningRate: -1 }),
      /learningRate, line \d+: is -1; expected a number above 0\n/,
    ],
    [
      'a number above its most',
      ({ roles }) => Object.assign(roles.solver.sampling, { topP: 2 }),
      /topP, line \d+: is 2; expected a number of at most 1\n/,
    ],
    [
      'a count of none',
      ({ roles }) => Object.assign(roles.solver.sampling, { maxTokens: 0 }),
      /maxTokens, line \d+: is 0; expected a whole number of 1 or more\n/,
    ],
    [
      'half a count',
      ({ roles }) => Object.assign(roles.solver.sampling, { maxTokens: 1.5 }),
      /maxTokens, line \d+: is 1\.5; expected a whole number\n/,
    ],
    [
      'a number as text',
      ({ roles }) => Object.assign(roles.solver.sampling, { maxTokens: '6' }),
      /maxTokens, line \d+: is "6"; expected a number\n/,
    ],
    [
      'a list',
      (config) => Object.assign(config, { roles: [] }),
      /roles, line \d+: is a list; expected an object\n/,
    ],
    [
      'a list as a file',
      (config) => Object.assign(config, { tasks: [] }),
      /: tasks, line \d+: is a list; expected a text\n/,
    ],
    [
      'a name as method',
      (config) => Object.assign(config, { method: 'icrl' }),
      /method, line \d+: is "icrl"; expected an object such as \{ "name": "icrl" \}\n/,
    ],
    [
      'nothing',
      (config) => Object.assign(config, { task: undefined }),
      /: task: missing; expected an object\n/,
    ],
    [
      'nothing where a number is',
      ({ roles }) => Object.assign(roles.solver.sampling, { maxTokens: undefined }),
      /maxTokens, line \d+: missing; expected a number\n/,
    ],
    [
      'another word',
      (config) => Object.assign(config, { engine: { keep: 'nothing' } }),
      /keep, line \d+: there is no "nothing"; expected one of: all, attention, inputs\n/,
    ],
    [
      'a rule to stop of no size',
      (config) => Object.assign(config, { stop: {} }),
      /stop, line \d+: expected \{ steps \} or \{ tokens \}, a whole number of 1 or more\n/,
    ],
  ])('says what stands there, and what is expected: %s', async (_, change, said) => {
    expect((await mistake(change)).replace(/^.*run\.json:\n {2}/m, ': ')).toMatch(said)
  })

  it.each([
    ['empty.jsonl', '', /empty\.jsonl has no tasks\./],
    [
      'list.json',
      '[{"question": "1", "answer": "2"}]',
      /list\.json, line 1: a list, not an object\./,
    ],
    ['number.jsonl', '7', /number\.jsonl, line 1: 7, not an object\./],
  ])('of a task file names the file where it is: %s', async (name, text, said) => {
    await writeFile(at(name), text)
    const err = await mistake((config) => Object.assign(config, { tasks: name }))
    expect(err).toMatch(said)
    expect(err).toContain(at(name))
    expect(err).toContain('one JSON object per line')
  })

  it('is said where a folder stands for a file, and a file for a folder', async () => {
    expect(await mistake((config) => Object.assign(config, { tasks: 'model' }))).toContain(
      `${at('model')} is a folder, not a file.`,
    )
    expect(await mistake((config) => Object.assign(config, { model: 'train.jsonl' }))).toContain(
      `model: ${at('train.jsonl')} is a file, not a folder.`,
    )
  })

  it('is refused before anything is read or written: a temperature of 0', async () => {
    for (const role of ['solver', 'critic']) {
      const change = ({ roles }: Config): void => {
        roles[role].sampling.temperature = 0
      }
      expect(await mistake(change)).toContain(
        `roles.${role}.sampling.temperature is 0, but the role is trained on what it samples.`,
      )
      const { code, err } = await icrl('plan', at('run.json'))
      expect({ code, err }).toEqual({
        code: 2,
        err: expect.stringContaining(`role "${role}": sampling.temperature is 0 in a training`),
      })
    }
  })

  it.each([
    ['{\n  "model": "m",\n  "seed" 3\n}', /line 3: a colon is missing before 3\./],
    ['{\n  "model": "m"\n  "seed": 3\n}', /line 3: a comma is missing before "seed": 3\./],
    ['{\n  "model": "m,\n  "seed": 3\n}', /line 2: a text is not closed with ": "m,\./],
    ['{\n  "model": "m"\n', /line 3: a closing brace \} is missing before the end of the file\./],
    ['{ model: "m" }', /line 1: model: "m" \} is neither a value nor a name in quotes\./],
    ['', /line 1: a value is missing before the end of the file\./],
  ])('is said in words where it is no JSON: %j', async (text, said) => {
    await writeFile(at('bad.json'), text)
    const { err } = await icrl('train', '--config', at('bad.json'), '--out', at('out'))
    expect(err).toMatch(said)
  })

  it('of a task file says what is wrong with the line', async () => {
    await writeFile(
      at('tasks.jsonl'),
      '{"question": "1", "answer": "2"}\n{"question": "1" "a": 2}\n',
    )
    expect(await mistake((config) => Object.assign(config, { tasks: 'tasks.jsonl' }))).toMatch(
      /tasks\.jsonl, line 2: not JSON: Expected .* at character 18\./,
    )
  })
})

describe('a place that is not there', () => {
  it.each([
    ['sample', 'nope', 'hello'],
    ['eval', 'nope'],
    ['inspect', 'nope'],
    ['export', 'nope', '--out', 'x.jsonl'],
    ['replay', 'nope', '--step', '0'],
    ['report', 'nope'],
    ['compare', 'nope'],
  ])('is no such folder, and where it was looked for: icrl %s %s', async (...args) => {
    const { code, err } = await icrl(...args)
    expect(err).toMatch(/there is no folder /)
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(at('nope')) })
    expect((await icrl('sample', '/nope', 'hello')).err).toContain('there is no folder /nope.')
  })

  it.each([
    ['train', '--config', 'nope.json', '--out', 'out'],
    ['plan', 'nope.json'],
    ['run', 'nope.ts', '--out', 'out'],
    ['play', './nope.ts'],
  ])('is no such file, and where it was looked for: icrl %s', async (...args) => {
    const { code, err } = await icrl(...args)
    expect(code).toBe(1)
    expect(err).toMatch(new RegExp(`there is no file .*${root}/nope\\.`))
  })

  it('is a comparison, whose runs are listed', async () => {
    for (const folder of ['icrl', 'grpo/seed-0', 'pretrained']) {
      await mkdir(at('compared', folder), { recursive: true })
      await writeFile(at('compared', folder, 'config.json'), '{}')
    }
    await writeFile(at('compared', 'pretrained', 'tokenizer.json'), '{}')
    const folder = at('compared')
    for (const args of [
      ['sample', folder, 'hello'],
      ['eval', folder],
      ['inspect', folder],
      ['plan', folder],
      ['export', folder, '--out', at('x.jsonl')],
      ['replay', folder, '--step', '0'],
      ['train', '--out', folder, '--resume'],
    ])
      expect((await icrl(...args)).err, args[0]).toContain(
        `${folder} is not a run: it holds 2 runs.\n→ Name one of them: ${at('compared', 'grpo/seed-0')}, ${at('compared', 'icrl')}.`,
      )
  })

  it('is a comparison of one run', async () => {
    await mkdir(at('alone', 'icrl'), { recursive: true })
    await writeFile(at('alone', 'icrl', 'config.json'), '{}')
    expect((await icrl('eval', at('alone'))).err).toContain('is not a run: it holds 1 run.')
  })

  it('is a folder beside others that are there, and no model of the hub', async () => {
    await mkdir(at('runs', 'first'), { recursive: true })
    vi.spyOn(process, 'cwd').mockReturnValue(root)
    const { err } = await icrl('sample', 'runs/frist', 'hello')
    expect(err).toContain(`there is no folder runs/frist (${at('runs', 'frist')}).`)
    expect(err).not.toContain('download')
  })

  it.each([['eval'], ['plan']])('is a model and no run: icrl %s', async (command) => {
    const { err } = await icrl(command, at('model'))
    expect(err).toContain(`${at('model')} is a model, not a run.`)
  })

  it.each([
    ['train', '--config', 'model', '--out', 'out'],
    ['probe', 'model'],
  ])('is a folder and no configuration: icrl %s', async (...args) => {
    expect((await icrl(...args)).err).toContain(`${at('model')} is a folder, not a file.`)
  })

  it('is a file where a run would go', async () => {
    const said = await mistake(() => {}, '--out', at('train.jsonl'))
    expect(said).toContain(`${at('train.jsonl')} is a file, not a folder.`)
  })

  it('is a run whose config.json is no JSON: icrl sample', async () => {
    await mkdir(at('torn', 'model'), { recursive: true })
    await writeFile(at('torn', 'config.json'), '{"config":')
    expect((await icrl('sample', at('torn'), 'hello')).err).toMatch(
      /^error \(corrupt-file\) .*torn.config\.json is not JSON\./,
    )
  })

  it('is a model of the hub, with the command that brings it', async () => {
    const { err } = await icrl('sample', 'Qwen/Qwen3-0.6B', 'hello')
    expect(err).toContain('icrl download Qwen/Qwen3-0.6B')
  })
})

describe('a misspelled word', () => {
  it.each([
    [['trian'], 'Did you mean train?'],
    [['train', '--seeed', '3'], 'Did you mean --seed?'],
    [['plan', 'run.json', '--tme'], 'Did you mean --time?'],
    [['play', 'textcrft'], 'Did you mean "textcraft"?'],
    [['eval', '--env', 'wordl', '--policy', 'model'], 'Did you mean "wordle"?'],
    [['init', 'x', '--template', 'jsnl'], 'Did you mean "jsonl"?'],
    [['reproduce', 'mian', '--from', 'studies.mjs'], 'Did you mean "main"?'],
  ])('is answered with the one that is meant: icrl %s', async (args, said) => {
    await writeFile(
      at('studies.mjs'),
      'export default { studies: { main: "m", rounds: "r" }, scales: { tiny: "t" }, run() {} }',
    )
    const { code, err } = await icrl(...args)
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(said) })
  })
})

describe('a port that there is not', () => {
  it.each([
    [['serve', '--policy', 'model', '--port', '99999']],
    [['view', 'model', '--port', '-1']],
    [['serve-env', 'countdown', '--port', '65536']],
  ])('is refused: icrl %s', async (args) => {
    const { code, err } = await icrl(...args)
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringContaining('Expected a port: a whole number from 0 to 65535.'),
    })
  })
})

describe('icrl train', () => {
  it('takes the options that change between two runs, and keeps them for a resumed one', async () => {
    await mistake(({ method }) => Object.assign(method, { name: 'grpo' }), '--quiet')
    await rm(at('out'), { recursive: true })
    const flags = ['--learning-rate', '0.002', '--tasks-per-step', '1', '--sessions-per-task', '3']
    const more = ['--max-tokens', '2', '--temperature', '0.7', '--seed', '4', '--steps', '1']
    const ran = await icrl(
      'train',
      at('run.json'),
      '--out',
      at('out'),
      '--quiet',
      ...flags,
      ...more,
    )
    expect(ran.code).toBe(0)
    const stored = JSON.parse(await readFile(at('out', 'config.json'), 'utf8'))
    expect(stored).toMatchObject({
      seed: 4,
      optimizer: { learningRate: 0.002 },
      method: { options: { tasksPerStep: 1, sessionsPerTask: 3 } },
      launch: { overrides: { learningRate: 0.002, tasksPerStep: 1, temperature: 0.7 } },
    })
    const lines = (await readFile(at('out', 'samples/step-00000.jsonl'), 'utf8')).trim().split('\n')
    const samples = lines.map((line) => JSON.parse(line))
    expect(samples.length).toBe(3)
    expect(samples.every(({ temperature }) => temperature === 0.7)).toBe(true)
    expect(samples.every(({ response }) => response.length <= 2)).toBe(true)
    const resumed = await icrl('train', '--out', at('out'), '--resume', '--quiet', '--steps', '2')
    expect(resumed.code).toBe(0)
    const other = await icrl('train', '--out', at('out'), '--resume', '--learning-rate', '0.003')
    expect(other.err).toMatch(/run-conflict.*learningRate/s)
  })

  it('refuses what it cannot change: the size of a recipe that is a configuration’s own', async () => {
    const config = `export default {
      model: 'model', backend: '${BACKEND}',
      recipe: { name: 'mine', collect() {}, advantages() {}, aggregation() {}, objective: {} },
      roles: {}, tasks: [{ id: 'a' }], stop: { steps: 1 }, optimizer: { learningRate: 1 },
    }`
    await writeFile(at('run.mjs'), config)
    const { err } = await icrl('train', at('run.mjs'), '--out', at('out'), '--tasks-per-step', '2')
    expect(err).toContain('recipe "mine": tasksPerStep cannot be changed from outside.')
  })
})

describe('icrl play', () => {
  it('opens the environment of the guide, as the guide writes it', async () => {
    const guide = fileURLToPath(
      new URL('../../../examples/your-own-environment/guessing.ts', import.meta.url),
    )
    expect((await icrl('play', guide, '--task', 'nope')).err).toContain('guessing: no task "nope".')
  })

  it('plays the only environment that a file exports, by whatever name', async () => {
    const environment = (name: string): string =>
      `export const ${name} = { name: 'g', instructions: 'Guess.', maxTurns: 1, taskIds: () => ['a'], parseAction: (x) => x, open: () => { throw new Error('opened ${name}') } }\n`
    await writeFile(at('one.mjs'), `${environment('guessing')}export default { model: 'm' }\n`)
    expect((await icrl('play', './one.mjs')).err).toContain('opened guessing')
    await writeFile(at('two.mjs'), environment('guessing') + environment('other'))
    expect((await icrl('play', './two.mjs')).err).toContain(
      './two.mjs exports several environments: guessing, other.',
    )
  })
})
