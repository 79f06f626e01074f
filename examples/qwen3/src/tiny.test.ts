import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { selectBackend } from '@icrl/backbone'
import { train } from '@icrl/trainer'
import { buildRun, loadRunConfig, type RunConfig } from 'icrl'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { agenticRun } from './agentic-run.ts'
import { BENCHMARKS } from './math-data.ts'
import { mathRun } from './math-run.ts'
import { TINY_AGENTIC, TINY_MATH } from './published-values.ts'
import { runExperiment } from './run-experiment.ts'
import { tinyModel, writeRandomQwen3 } from './tiny.ts'
import { GENERATED } from './worlds.ts'

const shared = fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const hasData = existsSync(join(shared, 'math', 'math500.jsonl'))
const isNative = await selectBackend('native-cpu').then(
  () => true,
  () => false,
)
const isReal = tinyModel().endsWith('smollm2') || Boolean(process.env.ICRL_TEST_MODEL)

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'icrl-tiny-'))
  await writeRandomQwen3(join(folder, 'qwen3'))
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => {
  vi.stubEnv('ICRL_PAPER_DATA', shared)
  vi.stubEnv('ICRL_MATH_TRAIN', join(shared, 'math', 'math_train_rllm.jsonl'))
})
afterEach(() => void vi.unstubAllEnvs())

type Line = Readonly<Record<string, number>>

/** All ids are equally likely, and there are 151,936 of them: each answer is short. */
const SHORT = { turnTokens: 2, critiqueTokens: 2, questions: 1 }

/** Runs a configuration with random weights, in one go or with a stop after the first step. */
async function tinyRun(
  config: string,
  run: unknown,
  out: string,
  steps: readonly number[],
): Promise<Line[]> {
  const file = join(import.meta.dirname, '..', 'tiny', `${config}.config.ts`)
  const loaded = { ...(await loadRunConfig(file)), config: run as RunConfig }
  for (const [i, stop] of steps.entries()) {
    const directory = join(folder, out)
    await using built = await buildRun(loaded, directory)
    await train({ ...built.options, stop: { steps: stop }, directory, resume: i > 0 })
  }
  const text = await readFile(join(folder, out, 'metrics.jsonl'), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}

describe.skipIf(!isNative || !hasData)('mathematics, with random weights', () => {
  const run = (): unknown =>
    mathRun({
      model: join(folder, 'qwen3'),
      method: 'icrl',
      scale: { ...TINY_MATH, ...SHORT },
    })

  it('trains, evaluates every set, and resumes', async () => {
    const lines = await tinyRun('math/icrl', run(), 'resumed', [1, 2])
    expect(lines).toHaveLength(2)
    for (const line of lines) {
      expect(line['policy/mismatch_max']).toBe(0)
      expect(line['ledger/generated']).toBeGreaterThan(0)
    }
    for (const set of Object.keys(BENCHMARKS))
      expect(lines[0]).toHaveProperty(`eval/${set}/critique_free`)
    expect(lines[0]).toHaveProperty('eval/aime24/pass_at_8')
    expect(lines[0]).toHaveProperty('eval/amc23/pass_at_4')
    if (process.env.ICRL_FULL)
      expect(await tinyRun('math/icrl', run(), 'whole', [2])).toEqual(lines)
  })
})

describe.skipIf(!isNative)('worlds, with random weights', () => {
  const all = [
    ['alfworld', 'icrl'],
    ['alfworld', 'grpo'],
    ['webshop', 'icrl'],
    ['searchqa', 'icrl'],
  ] as const

  it.runIf(process.env.ICRL_FULL).each(all)(
    '%s: %s trains and evaluates',
    async (world, method) => {
      const scale = { ...TINY_AGENTIC, ...SHORT }
      const source = GENERATED[world]()
      const run = agenticRun({ model: join(folder, 'qwen3'), method, world, source, scale })
      const lines = await tinyRun(`agentic/${world}/${method}`, run, `${world}-${method}`, [2])
      expect(lines).toHaveLength(2)
      expect(lines[0]).toHaveProperty(`eval/${world}/critique_free`)
      // 2 tasks × 2 sessions of at least one attempt with three turns.
      expect(lines[0]['ledger/generated']).toBeGreaterThanOrEqual(12)
      expect(lines[0]['policy/mismatch_max']).toBe(0)
    },
  )
})

describe.skipIf(!isNative || !hasData || !isReal)('a real model', () => {
  it.runIf(process.env.ICRL_FULL)(
    'runs the whole pipeline',
    // Three minutes where the machine is idle; the limit is for a run that hangs.
    { timeout: 3_600_000 },
    async () => {
      const out = join(folder, 'real')
      const experiment = {
        folder: join(import.meta.dirname, '../../qwen3-4b-math'),
        kind: 'math',
        model: 'hf:Qwen/Qwen3-4B',
      } as const
      expect(await runExperiment(experiment, ['icrl', '--tiny', '--out', out, '--quiet'])).toBe(0)
      const summary = JSON.parse(await readFile(join(out, 'summary.json'), 'utf8')) as Line
      expect(summary).toMatchObject({ steps: 2 })
    },
  )
})

describe('the command', () => {
  const experiment = {
    folder: import.meta.dirname,
    kind: 'math',
    model: 'hf:Qwen/Qwen3-4B',
  } as const

  it.each([
    ['an unknown configuration', ['other'], 2, 'Name a configuration'],
    ['no configuration', ['--tiny'], 2, 'Name a configuration'],
  ])('refuses %s', async (_, args, code, word) => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    expect(await runExperiment(experiment, args)).toBe(code)
    expect(print.mock.calls.flat().join('\n')).toContain(word)
    print.mockRestore()
  })

  it('lists all that is missing, weights first', async () => {
    vi.stubEnv('ICRL_PAPER_DATA', join(folder, 'nothing'))
    vi.stubEnv('ICRL_MATH_TRAIN', '')
    vi.stubEnv('HF_HUB_CACHE', join(folder, 'no-cache'))
    const print = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const own = { ...experiment, folder: join(import.meta.dirname, '../../qwen3-4b-math') }
    expect(await runExperiment(own, ['icrl', '--check'])).toBe(1)
    const said = print.mock.calls.flat().join('\n')
    print.mockRestore()
    expect(said).toMatch(/^- the model hf:Qwen\/Qwen3-4B\n {4}npx icrl download Qwen\/Qwen3-4B$/m)
    expect(said.match(/^- /gm)).toHaveLength(7)
  })
})
