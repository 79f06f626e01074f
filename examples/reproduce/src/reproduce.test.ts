import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RunConfig, RunParts } from 'icrl'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { reproduce } from './reproduce.ts'
import { SCALES } from './scales.ts'
import { STUDIES } from './studies.ts'

const RESULTS = fileURLToPath(new URL('../results/tiny', import.meta.url))
/** Layout aside, which the formatter decides. */
const plain = (text: string): string => text.replaceAll(/[\s-]+/g, '')
const written = Object.keys(STUDIES).filter((study) => existsSync(join(RESULTS, `${study}.md`)))

describe('the committed tables and figures', () => {
  it('are there for the main comparison, the ablation, w̄_t and the cost', () =>
    expect(written).toEqual(expect.arrayContaining(['main', 'ablation', 'dynamics', 'cost'])))

  it.each(written)('%s is what the stored runs give, without a run', async (study) => {
    const out = await mkdtemp(join(tmpdir(), 'icrl-reproduce-'))
    try {
      await reproduce({ study, scale: 'tiny', out, stored: true, plan: false })
      for (const kind of ['md', 'csv', 'json', 'svg']) {
        const [fresh, committed] = await Promise.all(
          [join(out, 'tiny'), RESULTS].map((folder) =>
            readFile(join(folder, `${study}.${kind}`), 'utf8'),
          ),
        )
        expect(plain(fresh), `${study}.${kind}: run icrl reproduce ${study} --stored`).toBe(
          plain(committed),
        )
      }
    } finally {
      await rm(out, { recursive: true, force: true })
    }
  })
})

const ARMS = [...new Set(Object.values(STUDIES).flatMap(({ arms }) => arms))]

describe('every scale has every arm of every study, as a whole configuration', () => {
  // Of a model only the place is asked for.
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'icrl-scales-'))
    await writeFile(join(folder, 'config.json'), '{}')
    vi.stubEnv('ICRL_TEST_MODEL', folder)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await rm(folder, { recursive: true })
  })

  it('they are those that the paper compares', () => {
    expect(STUDIES.main.arms).toEqual(
      'icrl icrl-released icrl-retry critique-grpo grpo gspo dr-grpo dapo'.split(' '),
    )
    expect(STUDIES.ablation.arms).toEqual(
      'icrl icrl-unweighted icrl-pooled icrl-frozen icrl-cap-1 icrl-uncapped'.split(' '),
    )
    expect(STUDIES['critic-swap'].arms).toEqual(
      'icrl icrl-frozen icrl-shuffled icrl-constant icrl-retry'.split(' '),
    )
  })

  const cases = Object.keys(SCALES).flatMap((scale) => ARMS.map((arm) => [scale, arm] as const))
  it.each(cases)('%s: %s', async (scale, arm) => {
    const { config } = await SCALES[scale].load(arm)
    const { recipe: given, roles, evaluation, stop, optimizer } = config as RunConfig
    const recipe = typeof given === 'function' ? await given({} as RunParts) : given
    expect(recipe.name).toBe(arm.startsWith('icrl') ? 'icrl' : arm)
    expect(JSON.parse(JSON.stringify(recipe.options))).toEqual(recipe.options)
    for (const role of Object.keys(recipe.roles ?? {})) expect(Object.keys(roles)).toContain(role)
    expect(Object.keys(recipe.evaluations!)).toContain('critique_free')
    expect(evaluation!.every).toBeGreaterThan(0)
    expect(stop).toBeDefined()
    expect(optimizer.learningRate).toBeGreaterThan(0)
    // Without a rate of its own in the plan an arm has its configuration's.
    const { metric, plan } = SCALES[scale]
    if (metric) expect(Object.keys(evaluation!.sets!)).toContain(metric.split('/')[1])
    expect(plan.rateOf === undefined || arm in plan.rateOf).toBe(true)
  })

  it.each(Object.keys(SCALES))('%s: arms differ in what they are called after', async (scale) => {
    const optionsOf = async (arm: string): Promise<Readonly<Record<string, unknown>>> => {
      const { recipe } = (await SCALES[scale].load(arm)).config as RunConfig
      const made = typeof recipe === 'function' ? await recipe({} as RunParts) : recipe
      return made.options as Readonly<Record<string, unknown>>
    }
    const own = await optionsOf('icrl')
    const changed: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
      'icrl-released': { preset: 'released' },
      'icrl-retry': { critic: 'none' },
      'icrl-unweighted': { weights: 'none' },
      'icrl-pooled': { advantages: 'pooled' },
      'icrl-frozen': { critic: 'frozen' },
      'icrl-cap-1': { maxWeight: 1 },
      'icrl-uncapped': { maxWeight: null },
      'icrl-shuffled': { critic: 'shuffled' },
    }
    expect(own).toMatchObject({ preset: 'paper', critic: 'shared', weights: 'token', maxWeight: 2 })
    for (const [arm, changes] of Object.entries(changed)) {
      const { evaluations: _, ...options } = await optionsOf(arm)
      expect(options, arm).toMatchObject(changes)
      const { evaluations: __, ...same } = own
      expect(options, arm).toEqual({ ...same, ...changes })
    }
  })

  it('an arm that no study has is refused', () =>
    expect(SCALES.paper.load('icrl-cap-3')).rejects.toMatchObject({ code: 'invalid-option' }))

  it('a plan says how many runs, of how many tokens', async () => {
    const print = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    await reproduce({ study: 'main', scale: 'paper', out: folder, stored: false, plan: true })
    expect(print.mock.calls.join()).toContain('8 runs of 76800000 sampled tokens')
    print.mockRestore()
  })
})
