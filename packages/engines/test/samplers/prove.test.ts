import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { selectBackend } from '@icrl/backbone'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Check, main, proveSampler } from '../../scripts/prove-samplers.ts'
import { AdapterEngine, writeTinyBase } from './adapter-engine.ts'
import { sglangServer, vllmServer } from './sampler-servers.ts'

let root: string
beforeAll(async () => {
  await selectBackend('auto')
  root = await mkdtemp(join(tmpdir(), 'icrl-proof-'))
  await writeTinyBase(join(root, 'base'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

const KINDS = { vllm: vllmServer, sglang: sglangServer } as const

async function prove(
  engine: keyof typeof KINDS,
  spoil?: (engine: AdapterEngine) => void,
): Promise<Check[]> {
  await using served = await AdapterEngine.open(join(root, 'base'))
  spoil?.(served)
  await using server = await KINDS[engine](served, 'tiny')
  const checks: Check[] = []
  const options = { engine, url: [server.url], model: 'tiny', folder: join(root, 'base') }
  await proveSampler(
    { ...options, adapters: join(root, 'adapters'), rank: 2, tokens: 8 },
    (check) => checks.push(check),
  )
  return checks
}

it.each(['vllm', 'sglang'] as const)(
  'a server that does what it should is proven: %s',
  async (engine) => {
    const checks = await prove(engine)
    expect(checks).toHaveLength(8)
    expect(checks.filter(({ holds }) => !holds)).toEqual([])
  },
)

it('a server that keeps the first weights under every name is found out', async () => {
  const checks = await prove('vllm', (engine) => {
    const load = engine.load.bind(engine)
    let first: string | undefined
    engine.load = (name, folder) => load(name, (first ??= folder))
    // The first folder must outlive the version that it held.
    engine.unload = async (name) => engine.adapters.delete(name)
  })
  expect(checks.filter(({ holds }) => !holds).map(({ name }) => name)).toContain(
    'draws from the new weights after a step',
  )
})

it('says how it is called, and what was wrong with a call', async () => {
  const said: string[] = []
  const listen = (text: string): void => void said.push(text)
  vi.spyOn(console, 'log').mockImplementation(listen)
  vi.spyOn(console, 'error').mockImplementation(listen)
  expect(await main(['--help'])).toBe(0)
  const whole = ['--engine', 'vllm', '--url', 'http://gpu', '--model', 'm', '--folder', 'f']
  for (const argv of [
    whole,
    [...whole, '--adapters', 'a', '--rank', '0'],
    [...whole, '--adapters', 'a', '--tokens', 'many'],
    [...whole, '--adapter', 'a'],
  ])
    expect(await main(argv), argv.join(' ')).toBe(2)
  vi.restoreAllMocks()
  expect(said.map((text) => /--max-loras-per-batch 4/.test(text))).toEqual(said.map(() => true))
  expect(said.slice(1).map((text) => text.split('\n')[0])).toEqual([
    'Give --engine vllm or sglang, --url, --model, --folder and --adapters.',
    '--rank is 0: give a whole number above 0.',
    '--tokens is many: give a whole number above 0.',
    expect.stringContaining("Unknown option '--adapter'"),
  ])
})
