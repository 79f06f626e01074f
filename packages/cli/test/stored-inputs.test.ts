import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openModel } from '../src/config/open-model.ts'
import { icrl } from './command-line.ts'
import { BACKEND, jsonConfig, writeAdditions, writeTinyModel } from './tiny-model.ts'

let home: string
let root: string
const started = process.cwd()
const at = (...parts: string[]): string => join(root, ...parts)

const small = {
  stop: { steps: 1 },
  evaluation: { tasks: 'held-out.jsonl' },
  roles: { solver: { sampling: { maxTokens: 2, temperature: 1 } } },
  method: { name: 'grpo', tasksPerStep: 1, sessionsPerTask: 2 },
}
const CONFIG = `
  import { grpo } from '@icrl/recipes'
  import { singleTurn } from '@icrl/rollout'
  import { defineRun, readTasks } from 'icrl'
  const attempt = singleTurn({
    prompt: ({ question }) => [{ role: 'user', content: question }],
    verifier: ({ text, task }) => ({ reward: text === task.answer ? 1 : 0, valid: true }),
  })
  export default defineRun({
    model: 'model', backend: '${BACKEND}', stop: { steps: 1 }, optimizer: { learningRate: 0.01 },
    recipe: grpo({ attempt, tasksPerStep: 1, sessionsPerTask: 2 }),
    roles: { solver: { sampling: { maxTokens: 2, temperature: 1 } } },
    tasks: await readTasks('train.jsonl'),
    evaluation: { tasks: () => readTasks('held-out.jsonl') },
  })`

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'icrl-stored-'))
  await writeTinyModel(join(home, 'pristine', 'model'))
  await writeAdditions(join(home, 'pristine', 'train.jsonl'))
  await writeAdditions(join(home, 'pristine', 'held-out.jsonl'), 3)
  await writeFile(join(home, 'pristine', 'run.json'), jsonConfig(small))
  await writeFile(join(home, 'pristine', 'run.config.ts'), CONFIG)
})
afterAll(() => rm(home, { recursive: true, force: true }))
beforeEach(async () => {
  root = await mkdtemp(join(home, 'case-'))
  await cp(join(home, 'pristine'), root, { recursive: true })
})
afterEach(() => process.chdir(started))

const done = async (...args: string[]): Promise<string> => {
  const { code, out, err } = await icrl(...args)
  expect(code, err).toBe(0)
  return out
}
const trainIt = (config: string, ...more: string[]): Promise<string> =>
  done('train', '--config', at(config), '--out', at('r'), '--quiet', '--no-report', ...more)

describe('a stored run', () => {
  it('of a configuration in TypeScript reads that one’s files from wherever it is asked', async () => {
    process.chdir(root)
    await trainIt('run.config.ts')
    const here = await done('eval', 'r', '--json')
    await mkdir(at('other'))
    for (const name of ['train.jsonl', 'held-out.jsonl'])
      await writeFile(at('other', name), '{"id":"z","question":"q","answer":"zz"}\n')
    process.chdir(at('other'))
    const there = await done('eval', '../r', '--json')
    const { weights: _, ...figures } = JSON.parse(here) as Record<string, unknown>
    expect(JSON.parse(there)).toMatchObject({ ...figures, tasks: 3 })
    await rm(at('r'), { recursive: true })
    await trainIt('run.config.ts')
    const { evaluation } = JSON.parse(await readFile(at('r', 'config.json'), 'utf8'))
    expect(evaluation.tasks.count).toBe(3)
  })

  it('is not evaluated on other tasks, under another configuration or model: what differs is said', async () => {
    await trainIt('run.json')
    const refused = async (difference: RegExp): Promise<void> => {
      const { code, out, err } = await icrl('eval', at('r'), '--json')
      expect({ code, out }).toEqual({ code: 1, out: '' })
      expect(err).toMatch(difference)
      expect(err).toContain('→ Restore what changed')
    }
    const tasks = await readFile(at('held-out.jsonl'), 'utf8')
    await writeFile(at('held-out.jsonl'), '{"id":"z","question":"q","answer":"zz"}\n')
    await refused(/evaluation\.tasks\.count: 3 → 1\n {2}evaluation\.tasks\.sha256: /)
    await writeFile(at('held-out.jsonl'), tasks)
    await done('eval', at('r'))
    await writeFile(at('run.json'), jsonConfig({ ...small, renderer: { template: 'x' } }))
    await refused(/config\.source\.sha256: .*\n {2}config\.renderer\.template: null → "x"/)
    await writeFile(at('run.json'), jsonConfig({ ...small, seed: 3 }))
    await done('eval', at('r'), '--config', at('run.json'))
  })

  it('is not replayed with another method', async () => {
    await trainIt('run.json')
    await done('replay', at('r'), '--step', '0')
    const method = { ...small.method, clipLow: 0.1 }
    await writeFile(at('run.json'), jsonConfig({ ...small, method }))
    const { code, err } = await icrl('replay', at('r'), '--step', '0')
    expect(code).toBe(1)
    expect(err).toMatch(/method\.options\.clipLow: 0\.2 → 0\.1/)
  })

  it('can be moved with its project: evaluated, asked and resumed there', async () => {
    await cp(at('model'), at('mine'), { recursive: true })
    process.chdir(root)
    await trainIt('run.json', '--model', 'mine')
    await done(
      'sft',
      '--model',
      'mine',
      '--data',
      'train.jsonl',
      '--out',
      's',
      '--batch',
      '2',
      '-q',
    )
    process.chdir(started)
    const moved = `${root}-moved`
    await rename(root, moved)
    root = moved
    await done('eval', at('r'))
    await done('sample', at('s'), 'add', '--max-tokens', '1', '--backend', BACKEND)
    for (const run of ['r', 's'])
      await done('train', '--out', at(run), '--resume', '--steps', '7', '--quiet', '--no-report')
    const { launch, config } = JSON.parse(await readFile(at('r', 'config.json'), 'utf8'))
    expect([launch.overrides.model, config.model.path]).toEqual(['../mine', '../mine'])
  })

  it('is asked with its own template and its variables', async () => {
    const template =
      '{% for message in messages %}<user>{{ mood }} {{ message.content }}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}'
    const renderer = { template, variables: { mood: 'kindly' } }
    await writeFile(at('run.json'), jsonConfig({ ...small, renderer }))
    await trainIt('run.json')
    await using asked = await openModel(at('r'), { backend: BACKEND })
    const ids = asked.renderer.start([{ role: 'user', content: 'add' }])
    expect(asked.renderer.text(ids)).toBe('kindly add')
  })
})
