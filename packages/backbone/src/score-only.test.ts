import { profile, setBackend } from '@tensorflow/tfjs-core'
import type { TokenScores } from '@icrl/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { modelBackends, promisesBits } from '../test/backends.ts'
import { accumulate, slopedItem, type SlopedItem } from '../test/sloped.ts'
import { tinyConfig } from '../test/tiny-config.ts'
import { initializeModel } from './initialize-model.ts'
import { LocalPolicy } from './local-policy.ts'

const config = tinyConfig()
const response = Int32Array.of(4, 5, 6, 7)
const item = (seed: number, slopes: number[], scoreOnly = false): SlopedItem =>
  slopedItem(Int32Array.of(seed, 2, 3), response, Float32Array.from(slopes), { scoreOnly })
const learns = (seed: number): SlopedItem => item(seed, [-1, 0.5, -0.25, 1])
const flat = (seed: number): SlopedItem => item(seed, [0, 0, 0, 0], true)
/** Six rows an item: two fill a pass. */
const PASS = { packTokens: 12 }
const create = (): LocalPolicy => new LocalPolicy(config, initializeModel(config, 0), PASS)

interface Passes {
  readonly scores: readonly TokenScores[]
  readonly backward: number
  readonly gradientNorm: number
}

async function passesOf(items: readonly SlopedItem[]): Promise<Passes> {
  await using policy = create()
  let scores: readonly TokenScores[] = []
  const { kernels } = await profile(async () => {
    scores = await accumulate(policy, items)
    return []
  })
  const { gradientNorm } = await policy.step({ learningRate: 0 })
  const backward = kernels.filter(({ name }) => name.includes('OutputAndMlpGrad')).length
  return { scores, backward, gradientNorm: gradientNorm as number }
}

describe.each(await modelBackends())('items without slopes on %s', (backend) => {
  beforeAll(() => setBackend(backend))

  it.runIf(promisesBits(backend))(
    'are kept out of the backward passes that they would make larger',
    async () => {
      const mixed = [learns(1), flat(8), flat(9), learns(10), flat(11), flat(12)]
      const announced = await passesOf(mixed)
      const unannounced = await passesOf(mixed.map((one) => ({ ...one, scoreOnly: false })))
      expect(announced.scores).toEqual(unannounced.scores)
      expect(announced.gradientNorm).toBeCloseTo(unannounced.gradientNorm, 4)
      if (backend === 'native-cpu')
        expect([unannounced.backward, announced.backward]).toEqual([4, 2])
    },
  )

  it('change no bit where no pass is saved', async () => {
    const mixed = [learns(1), flat(8), learns(9), learns(10)]
    const announced = await passesOf(mixed)
    expect(announced).toEqual(await passesOf(mixed.map((one) => ({ ...one, scoreOnly: false }))))
  })

  it('are refused with a slope after all', async () => {
    await using policy = create()
    const wrong = [learns(1), learns(10), item(8, [0, 0, 1, 0], true)]
    await expect(accumulate(policy, wrong)).rejects.toThrow(
      'accumulate: item 2 is `scoreOnly`, and has a slope.',
    )
  })
})
