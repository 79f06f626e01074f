import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { icrl } from './command-line.ts'
import { writeTinyModel } from './tiny-model.ts'

// Each case loads a model or starts a process, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const [program, binary] = ['fixtures/staged.config.ts', '../bin/icrl.js'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
)
const STEPS = ['answers', 'stage I', 'after stage I', 'stage II', 'held out']
let root: string
const at = (...parts: string[]): string => join(root, ...parts)
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'icrl-run-'))
  await writeTinyModel(at('model'))
  process.env.ICRL_TEST_MODELS = at('model')
  const whole = await icrl('run', program, '--out', at('whole'), '--seed', '5')
  expect(whole, whole.err).toMatchObject({ code: 0 })
  said = whole
})
afterAll(async () => {
  delete process.env.ICRL_TEST_MODELS
  await rm(root, { recursive: true, force: true })
})
let said: Awaited<ReturnType<typeof icrl>>

/** What a resumed program must repeat. */
async function bytesOf(out: string): Promise<Buffer[]> {
  return Promise.all(
    [
      'answers/sessions.jsonl',
      'stage I/metrics.jsonl',
      'after stage I/model/model.safetensors',
      'stage II/metrics.jsonl',
      'stage II/samples/step-00001.jsonl',
      'stage II/model/model.safetensors',
      'held out/evaluation.jsonl',
    ].map((file) => readFile(join(out, file))),
  )
}

describe('icrl run', () => {
  it('runs the steps of a program into folders, and says what it does', async () => {
    expect(said.err).toMatch(
      /^gather answers\ntrain stage I\n[^]*stage I {2}step 2\/2[^]*\nkeep after stage I\ntrain stage II\n[^]*\nmeasure held out\n$/,
    )
    expect(said.out).toMatch(/^5 steps, \d+ tokens, .*; .*whole\n$/)
    expect((await readdir(at('whole'))).sort()).toEqual(
      [...STEPS, 'program.json', 'report.html', 'summary.json'].sort(),
    )
    expect(await readdir(at('whole', 'stage I'))).toContain('run.log')
    const stored = JSON.parse(await readFile(at('whole', 'program.json'), 'utf8')) as object
    expect(stored).toMatchObject({
      seed: 5,
      policies: ['shared'],
      config: { backend: 'cpu', models: { shared: { path: '../model' } } },
      launch: { overrides: { seed: 5 } },
    })
    const report = await readFile(at('whole', 'report.html'), 'utf8')
    for (const name of ['stage I', 'stage II']) expect(report).toContain(name)
  })

  it('resumes with what the folder says, overrides included, and repeats every byte', async () => {
    const begin = [
      'run',
      program,
      '--out',
      at('parts'),
      '--seed',
      '5',
      '--max-minutes',
      '0.0000001',
    ]
    expect(await icrl(...begin, '--quiet')).toMatchObject({
      code: 3,
      err: `Paused after 0 steps. To go on: icrl run --out ${at('parts')} --resume\n`,
    })
    const resumed = await icrl('run', '--out', at('parts'), '--resume', '--json', '--quiet')
    expect(resumed.code, resumed.err).toBe(0)
    const { steps, ...summary } = JSON.parse(resumed.out) as { steps: { name: string }[] }
    expect(summary).toMatchObject({ seed: 5, finished: true, tokens_untrained: 0 })
    expect(steps.map(({ name }) => name)).toEqual(STEPS)
    expect(await bytesOf(at('parts'))).toEqual(await bytesOf(at('whole')))
    const again = await icrl('run', '--out', at('parts'), '--resume', '--no-report')
    expect(again.err.match(/done before/g)).toHaveLength(5)
    expect(again.code).toBe(0)
    const other = await icrl('run', '--out', at('parts'), '--resume', '--seed', '6', '--quiet')
    expect(other).toMatchObject({ code: 1, err: expect.stringContaining('seed: 5 → 6') as string })
  })

  const started = (
    args: readonly string[],
    models: string,
    heard: (err: string, child: ReturnType<typeof spawn>) => void = () => undefined,
  ): Promise<{ code: number | null; err: string }> => {
    const child = spawn(process.execPath, [binary, 'run', ...args], {
      env: { ...process.env, NODE_OPTIONS: '', ICRL_TEST_MODELS: models },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let err = ''
    child.stderr!.on('data', (chunk: Buffer) => {
      err += chunk.toString()
      heard(err, child)
    })
    return new Promise((done) => child.on('exit', (code) => done({ code, err })))
  }

  it('stops at Ctrl-C with a checkpoint, says how to go on, and goes on', async () => {
    let sent = false
    const args = [program, '--out', at('stopped'), '--seed', '5', '--no-report']
    const { code, err } = await started(args, at('model'), (heard, child) => {
      if (!sent && heard.includes('train stage I')) sent = child.kill('SIGINT')
    })
    expect({ code, err }).toEqual({
      code: 3,
      err: expect.stringContaining(`To go on: icrl run --out ${at('stopped')} --resume`) as string,
    })
    expect((await icrl('run', '--out', at('stopped'), '--resume', '--quiet')).code).toBe(0)
    expect(await bytesOf(at('stopped'))).toEqual(await bytesOf(at('whole')))
  })

  it('trains one of several models', async () => {
    const args = [program, '--out', at('two'), '--no-report']
    const { code, err } = await started(args, `${at('model')},${at('model')}`)
    expect(code, err).toBe(0)
    expect((await readdir(at('two', 'stage II', 'model'))).sort()).toEqual([
      'a',
      'b',
      'manifest.json',
    ])
    const weights = (name: string): Promise<Buffer> =>
      readFile(at('two', 'stage II', 'model', name, 'model.safetensors'))
    expect((await weights('a')).equals(await weights('b'))).toBe(false)
  })
})

describe('a program with several adapters', () => {
  it('trains each by its role over the one model, and saves both', async () => {
    const file = fileURLToPath(new URL('fixtures/two-adapters.config.ts', import.meta.url))
    expect(await icrl('run', file, '--out', at('adapters'), '--quiet')).toMatchObject({ code: 0 })
    const saved = at('adapters', 'learn', 'model')
    for (const name of ['shared', 'critic'])
      expect(await readdir(join(saved, name))).toContain('adapter_model.safetensors')
    const { policies } = JSON.parse(await readFile(at('adapters', 'program.json'), 'utf8'))
    expect(policies).toEqual(['critic', 'shared'])
  })

  it('refuses them over weights that learn, and over several models', async () => {
    const written = async (name: string, text: string): Promise<string> => {
      await writeFile(
        at(name),
        `export default { ${text}, backend: 'cpu', roles: {}, adapters: { critic: { rank: 1 } }, script: async () => {} }`,
      )
      return at(name)
    }
    const full = await written('full.mjs', "model: 'model'")
    const two = await written('two.mjs', "model: { a: 'model', b: 'model' }")
    expect(await icrl('run', full, '--out', at('none'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('would not stay as they are'),
    })
    expect(await icrl('run', two, '--out', at('none'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('the program has several models'),
    })
  })
})

describe('what icrl run refuses', () => {
  const refused = async (
    message: string | RegExp,
    code: number,
    ...args: string[]
  ): Promise<void> => {
    const ran = await icrl('run', ...args)
    expect(ran.err).toMatch(message)
    expect(ran.err).toContain('→ ')
    expect(ran.code).toBe(code)
  }
  const written = async (name: string, text: string): Promise<string> => {
    await writeFile(at(name), `export default ${text}\n`)
    return at(name)
  }

  it('a folder that is missing, taken or of something else', async () => {
    await refused('no run folder is given', 2, program)
    await refused('no program is given', 2, '--out', at('new'))
    await refused('already holds a program', 1, program, '--out', at('whole'))
    await refused('holds a run', 1, program, '--out', at('whole', 'stage I'))
    await refused('holds no program', 1, '--out', at('nowhere'), '--resume')
  })

  it('a file that is no program', async () => {
    const out = ['--out', at('new')]
    await refused('there is no file', 1, at('missing.ts'), ...out)
    await refused('a program cannot be a file of type .json', 2, at('x.json'), ...out)
    await refused('its default export is not a program', 2, await written('none.mjs', '3'), ...out)
    await refused(
      /rolse: there is no such option; did you mean "roles"\?[^]*`icrl run --help`/,
      2,
      await written('typo.mjs', "{ model: 'model', rolse: {}, roles: {}, script: async () => {} }"),
      ...out,
    )
    await refused(
      'script: missing',
      2,
      await written('idle.mjs', "{ model: 'model', roles: {} }"),
      ...out,
    )
    await expect(readdir(at('new'))).rejects.toThrow('ENOENT')
  })

  it('roles that speak with no model, and models that are none', async () => {
    const out = ['--out', at('new')]
    const of = (model: string, role: string): string =>
      `{ model: ${model}, backend: 'cpu', roles: { solver: { sampling: { maxTokens: 1, temperature: 1 }${role} } }, script: async () => {} }`
    const two = "{ a: 'model', b: 'model' }"
    await refused(
      'roles.solver does not say which policy answers it',
      2,
      await written('which.mjs', of(two, '')),
      ...out,
    )
    await refused(
      'roles.solver.policy names the policy "c"',
      2,
      await written('c.mjs', of(two, ", policy: 'c'")),
      ...out,
    )
    await refused('it has no model', 2, await written('empty.mjs', of('{}', '')), ...out)
    await refused('there is no folder', 1, await written('gone.mjs', of("'gone'", '')), ...out)
    await expect(readdir(at('new'))).rejects.toThrow('ENOENT')
  })
})
