import { dispose, type Tensor2D, tidy, variable } from '@tensorflow/tfjs-core'
import { currentBackendFacts, decodeTokens, decodeTokensComposition, toBf16 } from '@icrl/tfjs-ops'
import type { BlockWeights, DecodeModel, LinearLayer } from '@icrl/tfjs-ops'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { hasShim, shimBackend, type ShimOptions, useShim } from '../test/cuda-shim.ts'
import {
  type DecoderVariant,
  decoderOf,
  drawnBits,
  noise,
  rows2d,
  sequencesOf,
} from '../test/everything.ts'
import type { DeviceWork } from './addon.ts'

interface DrawOptions {
  steps?: number
  run?: typeof decodeTokens
}

const small = (variant: DecoderVariant = {}): DecodeModel =>
  decoderOf({ vocabulary: 60, ...variant })

/** Draws for new sequences, half way through their caches; what the device was asked to do for it. */
async function draw(
  model: DecodeModel,
  rows: number,
  { steps = 3, run = decodeTokens, ...variant }: DecoderVariant & DrawOptions = {},
): Promise<{ bits: number[][]; work: Omit<DeviceWork, 'whyNoGraphs'> }> {
  const { caches, sequences, options } = sequencesOf(rows, steps, { vocabulary: 60, ...variant })
  const before = shimBackend().work()
  const drawn = await run(model, caches, sequences, options)
  const after = shimBackend().work()
  for (const { keys, values } of caches) dispose([...keys, ...values] as never)
  const since = (name: Exclude<keyof DeviceWork, 'whyNoGraphs'>): number =>
    after[name] - before[name]
  return {
    bits: drawnBits(drawn),
    work: {
      launches: since('launches'),
      graphLaunches: since('graphLaunches'),
      recorded: since('recorded'),
      uploads: since('uploads'),
    },
  }
}
const inBf16 = ({ weight, ...rest }: LinearLayer): LinearLayer => ({
  ...rest,
  weight: toBf16(weight as Tensor2D),
})

/** The same model with its weights in bf16, and an adapter on the projections of keys. */
function stored({ embedding, blocks, head, ...model }: DecodeModel, rank = 0): DecodeModel {
  const adapter = (n: number): LinearLayer['adapter'] =>
    rank === 0
      ? undefined
      : { a: rows2d(rank, 32, 90 + n), b: rows2d(40, rank, 95 + n), scale: 0.5 }
  const block = (own: BlockWeights, n: number): BlockWeights => ({
    ...own,
    query: inBf16(own.query),
    key: { ...inBf16(own.key), adapter: adapter(n) },
    value: inBf16(own.value),
    output: inBf16(own.output),
    gate: inBf16(own.gate),
    up: inBf16(own.up),
    down: inBf16(own.down),
  })
  return {
    ...model,
    embedding: toBf16(embedding as Tensor2D),
    blocks: blocks.map(block),
    head: inBf16(head),
  }
}

const MODES: readonly ShimOptions[] = [
  { backend: 'native-cuda' },
  { backend: 'native-cuda-bf16' },
  ...(process.env.ICRL_FULL
    ? [{ backend: 'native-cuda-bf16', architecture: 'sm_90' } as const]
    : []),
]

afterEach(() => void vi.unstubAllEnvs())

describe.skipIf(!hasShim).each(MODES)('decode steps on %o', (mode) => {
  it.each([
    [1, {}],
    [3, { biased: true, headNorms: true }],
    [9, { headNorms: true, vocabulary: 1203 }],
    [33, { biased: true }],
  ])('draw what single operations draw: %i sequences, %o', async (rows, variant) => {
    await useShim({ ...mode, seed: rows })
    const model = small(variant)
    const { bits: expected } = await draw(model, rows, { ...variant, run: decodeTokensComposition })
    const { bits, work } = await draw(model, rows, variant)
    expect(bits).toEqual(expected)
    expect(work.graphLaunches).toBe(2)
  })

  it('draw it again, with adapters and weights in bf16, and without graphs', async () => {
    await useShim({ ...mode, seed: 3 })
    const model = stored(small(), 3)
    const { bits: expected } = await draw(model, 6, { run: decodeTokensComposition })
    expect((await draw(model, 6)).bits).toEqual(expected)
    expect((await draw(model, 6)).bits).toEqual(expected)
    vi.stubEnv('ICRL_CUDA_GRAPHS', 'off')
    const { bits, work } = await draw(model, 6)
    expect(bits).toEqual(expected)
    expect(work.graphLaunches).toBe(0)
  })

  it('are one launch each, for a step that took dozens', async () => {
    await useShim(mode)
    const launchesOf = async (layers: number): Promise<{ before: number; step: number }> => {
      const model = stored(small({ layers }))
      const options = { layers, steps: 4 }
      const { work: single } = await draw(model, 4, { ...options, run: decodeTokensComposition })
      const { work: first } = await draw(model, 4, options)
      const { work: later } = await draw(model, 4, options)
      expect(first).toMatchObject({ graphLaunches: 3, recorded: 1, uploads: 1 })
      // Beside the steps, a call finds the pages of its sequences.
      expect(later).toEqual({ launches: 1, graphLaunches: 4, recorded: 0, uploads: 1 })
      expect(single.uploads / 4).toBe(4 * layers + 7)
      return { before: single.launches / 4, step: first.launches - 1 }
    }
    const [one, two] = [await launchesOf(1), await launchesOf(2)]
    const bf16 = mode.backend === 'native-cuda-bf16'
    expect([one, two]).toEqual(
      bf16
        ? [
            { before: 31, step: 30 },
            { before: 55, step: 51 },
          ]
        : [
            { before: 20, step: 22 },
            { before: 36, step: 38 },
          ],
    )
  })

  it('are recorded anew for another number of rows, other pages, other weights', async () => {
    await useShim(mode)
    const model = small()
    const recorded = async (rows: number, of = model): Promise<number> =>
      (await draw(of, rows, { steps: 2 })).work.recorded
    // The first call makes room for the longest.
    await draw(model, 17, { steps: 2 })
    expect(await recorded(5)).toBe(1)
    expect(await recorded(7)).toBe(1) // 21 pages, and there was room for 16
    expect(await recorded(8)).toBe(0)
    expect(await recorded(16)).toBe(1)
    expect(await recorded(18)).toBe(0)
    expect(await recorded(7)).toBe(0)
    const { norm } = model
    const other = { ...model, norm: variable(noise([32], 77)) as typeof norm }
    expect(await recorded(8, other)).toBe(1)
    expect((await draw(other, 8)).bits).not.toEqual((await draw(model, 8)).bits)
  })

  it('follow weights that change in place, and ones that lie where others lay', async () => {
    await useShim(mode)
    const model = small()
    const before = (await draw(model, 8)).bits
    const norm = variable(noise([32], 77))
    const changing = { ...model, norm: norm as never }
    await draw(changing, 8)
    norm.assign(tidy(() => noise([32], 78)))
    const fresh = { ...model, norm: noise([32], 78) as never }
    const { bits: expected } = await draw(fresh, 8, { run: decodeTokensComposition })
    expect(expected).not.toEqual(before)
    expect((await draw(changing, 8)).bits).toEqual(expected)
    for (let i = 0; i < 3; i++) {
      const passing = { ...model, norm: noise([32], 79 + i) as never }
      const { bits } = await draw(passing, 8, { run: decodeTokensComposition })
      expect((await draw(passing, 8)).bits).toEqual(bits)
      expect((await draw(passing, 8)).bits).toEqual(bits)
      dispose([passing.norm])
    }
  })

  it('are forgotten before the memory that they name is given back', async () => {
    await useShim(mode)
    const model = small()
    const { bits } = await draw(model, 1)
    const { numBytesScratch } = shimBackend().memory()
    expect(numBytesScratch).toBeGreaterThan(0)
    shimBackend().dispose()
    expect(shimBackend().memory().numBytesScratch).toBe(0)
    const { bits: again, work } = await draw(model, 1)
    expect(again).toEqual(bits)
    expect(work).toMatchObject({ recorded: 1, graphLaunches: 2 })
    // A longer call needs more room, so that the place moves that recorded steps name.
    const { work: moved } = await draw(model, 1, { steps: 60 })
    expect(moved).toMatchObject({ recorded: 1, graphLaunches: 59 })
  })
})

describe.skipIf(!hasShim)('without graphs', () => {
  it.each(['cuStreamBeginCapture_v2', 'cuStreamEndCapture', 'cuGraphInstantiateWithFlags'])(
    'kernels are launched one by one (%s fails), which is said once',
    async (name) => {
      await useShim()
      const model = small()
      const { bits } = await draw(model, 4)
      vi.stubEnv('ICRL_SHIM_FAILS', name)
      const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
      shimBackend().dispose()
      for (let call = 0; call < 2; call++) {
        const { bits: drawn, work } = await draw(model, 4)
        expect(drawn).toEqual(bits)
        expect(work).toMatchObject({ recorded: 0, graphLaunches: 0, uploads: 1 })
      }
      const { notice } = currentBackendFacts()
      expect(notice).toMatch(
        /^native-cuda launches each kernel of a decode step by itself, which is slower \(.*CUDA_ERROR/,
      )
      const again = new Set(warn.mock.calls.map(([text]) => text))
      expect(warn.mock.calls).toHaveLength(again.size)
      warn.mockRestore()
    },
  )

  it('a driver that cannot record is named', async () => {
    vi.stubEnv('ICRL_SHIM_WITHOUT', 'cuGraphLaunch')
    await useShim()
    expect(currentBackendFacts().notice).toBe(
      'native-cuda launches each kernel of a decode step by itself, which is slower (the model of a GPU has no cuGraphLaunch: the driver is too old)',
    )
    const { work } = await draw(small(), 2)
    expect(work).toMatchObject({ recorded: 0, graphLaunches: 0 })
    vi.unstubAllEnvs()
    await useShim()
    expect(currentBackendFacts().notice).toBeUndefined()
  })
})

it.skipIf(!hasShim)('says what ICRL_CUDA_GRAPHS can be', async () => {
  await useShim()
  vi.stubEnv('ICRL_CUDA_GRAPHS', 'on')
  await expect(draw(small(), 2)).rejects.toThrow('ICRL_CUDA_GRAPHS is on; it can be off or nothing')
})
