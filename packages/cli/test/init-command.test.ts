import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { icrl } from './command-line.ts'
import { writeTinyModel } from './tiny-model.ts'

const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
const smollm2 = process.env.ICRL_TEST_MODEL ?? join(cache, 'icrl-models', 'smollm2')

// Inside the package, so that what the templates import is found, as in a user's project.
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(fileURLToPath(new URL('../node_modules/.init-', import.meta.url)))
  await writeTinyModel(join(folder, 'tiny'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('icrl init', () => {
  it.each(['jsonl', 'environment', 'agent', 'preference'])(
    '%s: its tests pass, and it trains a step',
    { timeout: 120_000 },
    async (template) => {
      const mine = join(folder, template)
      const begun = await icrl(
        'init',
        mine,
        '--template',
        template,
        '--model',
        join(folder, 'tiny'),
      )
      expect([begun.code, begun.err]).toEqual([0, ''])
      const tests = spawnSync(
        process.execPath,
        ['--import', 'tsx', '--conditions=@icrl/source', '--test', ...testsIn(mine, begun.out)],
        { encoding: 'utf8' },
      )
      expect([tests.status, tests.stdout]).toEqual([0, expect.stringContaining('fail 0')])
      const run = join(folder, `${template}-run`)
      const config = join(mine, 'run.config.ts')
      const trained = await icrl(
        'train',
        '--config',
        config,
        '--steps',
        '1',
        '--out',
        run,
        '--quiet',
      )
      expect([trained.code, trained.err]).toEqual([0, expect.any(String)])
      const [first] = (await readFile(join(run, 'metrics.jsonl'), 'utf8')).split('\n')
      expect(JSON.parse(first)['ledger/failed']).toBe(0)
    },
  )

  it.skipIf(process.env.ICRL_FULL === undefined || !existsSync(join(smollm2, 'model.safetensors')))(
    'agent: a pretrained model learns to use its calculator',
    { timeout: 1_800_000 },
    async () => {
      const [mine, run] = [join(folder, 'calculating'), join(folder, 'calculating-run')]
      await icrl('init', mine, '--template', 'agent', '--model', smollm2)
      const config = join(mine, 'run.config.ts')
      const flags = ['--steps', '4', '--out', run, '--quiet']
      expect(await icrl('train', '--config', config, ...flags)).toMatchObject({ code: 0 })
      const lines = (await readFile(join(run, 'metrics.jsonl'), 'utf8')).trim().split('\n')
      const held = lines.map((line) => JSON.parse(line)['eval/critique_free'] ?? []).flat()
      expect(held[0]).toBeLessThan(0.35)
      expect(held.at(-1)).toBeGreaterThan(0.75)
    },
  )

  it('names the model, and what to do next', async () => {
    const mine = join(folder, 'named')
    const { out } = await icrl('init', mine, '--model', "hf:some/model's")
    expect(await readFile(join(mine, 'run.config.ts'), 'utf8')).toContain(
      "model: 'hf:some/model\\'s',",
    )
    expect(out).toContain("npx icrl download some/model's")
  })

  it('leaves a folder that holds something as it is', async () => {
    const mine = join(folder, 'tiny')
    const { code, err } = await icrl('init', mine)
    expect([code, err]).toEqual([1, expect.stringMatching(/run-conflict.*is not empty/s)])
    await expect(access(join(mine, 'run.config.ts'))).rejects.toThrow('ENOENT')
  })

  it('refuses a template that there is not, and a place that cannot be', async () => {
    const unknown = await icrl('init', join(folder, 'x'), '--template', 'enviroment')
    expect([unknown.code, unknown.err]).toEqual([
      2,
      expect.stringContaining('Did you mean "environment"?'),
    ])
    await writeFile(join(folder, 'file'), '')
    const under = await icrl('init', join(folder, 'file', 'mine'))
    expect([under.code, under.err]).toEqual([
      1,
      expect.stringMatching(/file.mine cannot be written/),
    ])
  })
})

function testsIn(mine: string, out: string): string[] {
  const files = out.split('\n')[0].split(': ').at(-1)!.split(', ')
  return files
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => relative('.', join(mine, file)))
}
