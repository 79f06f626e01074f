import { join } from 'node:path'
import { isIcrlError, type Recipe } from '@icrl/core'
import { loadRunConfig, type RunConfig, type RunParts } from 'icrl'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { describeMissing, missingOf } from './needs.ts'
import { mathNeeds } from './math-data.ts'
import { WORLDS } from './worlds.ts'

const examples = join(import.meta.dirname, '..', '..')
const load = async (path: string): Promise<RunConfig> =>
  (await loadRunConfig(join(examples, `${path}.config.ts`))).config

beforeEach(() => {
  for (const name of ['PAPER_DATA', 'MATH_TRAIN', 'ALFWORLD', 'WEBSHOP', 'SEARCHQA', 'SCIWORLD'])
    vi.stubEnv(`ICRL_${name}`, name === 'PAPER_DATA' ? '/nowhere' : '')
  vi.stubEnv('ICRL_LORA_RANK', '')
  vi.stubEnv('ALFWORLD_DATA', '/nowhere')
})
afterEach(() => void vi.unstubAllEnvs())

const paths = (['4b', '8b'] as const).flatMap((size) => [
  ...['icrl', 'grpo'].map((method) => [size, `qwen3-${size}-math`, method] as const),
  ...['alfworld', 'webshop', 'searchqa', 'sciworld'].flatMap((world) =>
    ['icrl', 'grpo'].map(
      (method) => [size, `qwen3-${size}-agentic`, `${world}/${method}`] as const,
    ),
  ),
])

describe('the configurations', () => {
  it.each(paths)('%s, %s/%s has the published values', async (size, folder, name) => {
    const config = await load(`${folder}/${name}`)
    expect(config).toMatchObject({
      model: `hf:Qwen/Qwen3-${size.toUpperCase()}`,
      stop: { steps: 300 },
      optimizer: { learningRate: 1e-6, clipNorm: 1, beta1: 0.9, beta2: 0.98, weightDecay: 0.1 },
      evaluation: { every: 10 },
      renderer: { enableThinking: false },
    })
    const turn = folder.endsWith('math') ? 8192 : 2048
    expect(config.roles).toEqual({
      solver: { sampling: { maxTokens: turn, temperature: 1, topP: 1 } },
      ...(name.endsWith('icrl') && {
        critic: { sampling: { maxTokens: 1024, temperature: 1, topP: 1 } },
      }),
    })
  })

  it.each(['icrl', 'grpo'])('of %s have the published options', async (method) => {
    const { recipe, evaluation } = await load(`qwen3-4b-math/${method}`)
    const make = recipe as (parts: RunParts) => Promise<Recipe>
    const made = await make({} as RunParts)
    expect(made.name).toBe(method)
    expect(made.options).toMatchObject({
      tasksPerStep: 16,
      sessionsPerTask: 8,
      clipLow: 0.2,
      clipHigh: 0.28,
      klCoefficient: 0,
      entropyCoefficient: 0,
      ...(method === 'icrl' && { preset: 'paper', rounds: 2, maxWeight: 2, weights: 'token' }),
    })
    const greedy = { sampling: { solver: { temperature: 0 } } }
    const sampled = { sampling: { solver: { temperature: 0.6, topP: 0.95 } } }
    expect(evaluation!.sets).toMatchObject({
      math500: greedy,
      minerva: greedy,
      olympiadbench: greedy,
      amc23: { repeats: 4, ...sampled },
      aime24: { repeats: 8, ...sampled },
    })
  })

  it('train an adapter over a base in bf16 where they are told so', async () => {
    vi.stubEnv('ICRL_LORA_RANK', '32')
    const { mathRun } = await import('./math-run.ts')
    expect(mathRun({ model: 'm', method: 'icrl' }).engine).toEqual({
      keep: 'inputs',
      adapter: { rank: 32 },
      weights: 'bf16',
    })
  })
})

describe('what is missing', () => {
  const listed = async (needs: Parameters<typeof missingOf>[0]): Promise<string> =>
    describeMissing(await missingOf(needs))

  /** What a configuration's tasks fail with. */
  const refusalOf = async (path: string): Promise<string> => {
    const tasks = (await load(path)).tasks as () => Promise<unknown>
    const error: unknown = await tasks().catch((thrown: unknown) => thrown)
    return isIcrlError(error, 'missing-file') ? error.message : `no refusal: ${String(error)}`
  }

  it('is named with the commands that bring it: mathematics', async () => {
    const text = await listed(mathNeeds())
    expect(text.match(/^- /gm)).toHaveLength(6)
    expect(text).toContain('git clone --depth 1 https://github.com/zhangxy-2019/critique-GRPO')
    expect(await refusalOf('qwen3-4b-math/icrl')).toContain('OpenR1-Math')
  })

  it.each([
    ['alfworld', 'alfworld-download'],
    ['webshop', 'agentenv-webshop'],
    ['searchqa', 'serve-env retriever'],
    ['sciworld', 'sciworld --host 127.0.0.1'],
  ] as const)('is named with the commands that bring it: %s', async (world, command) => {
    expect(await listed(WORLDS[world]().needs)).toContain(command)
    expect(await refusalOf(`qwen3-8b-agentic/${world}/icrl`)).toContain(command)
  })

  it.each(['alfworld', 'webshop', 'searchqa'] as const)(
    'is nothing for a generated world: %s',
    async (world) => {
      vi.stubEnv(`ICRL_${world.toUpperCase()}`, 'generated')
      expect(await missingOf(WORLDS[world]().needs)).toEqual([])
      const { train, sets } = await WORLDS[world]().open()
      expect(train.length).toBeGreaterThan(100)
      expect(sets[world].length).toBeGreaterThanOrEqual(20)
    },
  )
})
