import { drawStream } from '@icrl/core'
import { memory, setBackend, variable } from '@tensorflow/tfjs-core'
import { fromBf16, toBf16 } from '@icrl/tfjs-ops'
import type { Tensor2D, Variable } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { modelBackends, promisesBits } from '../test/backends.ts'
import { drawKey } from '../test/draw-key.ts'
import { temporaryFolders } from '../test/temporary-folder.ts'
import { tinyConfig } from '../test/tiny-config.ts'
import { initializeModel } from './initialize-model.ts'
import { LocalPolicy } from './local-policy.ts'
import { loadSnapshot } from './snapshot.ts'
import { accumulate, slopedItem } from '../test/sloped.ts'

const config = tinyConfig()
const makeFolder = temporaryFolders()
const prompt = Int32Array.of(1, 5, 7)
const request = { prompt, maxTokens: 20, temperature: 1, stop: [], draws: drawStream(drawKey(0)) }
const bits = (values: Float32Array): number[] => [
  ...new Int32Array(values.buffer, values.byteOffset, values.length),
]

/** The model of float32 weights whose matrices are rounded to bf16. */
function rounded(): Map<string, Variable> {
  return new Map(
    [...initializeModel(config, 3)].map(([name, parameter]) => [
      name,
      parameter.rank === 2
        ? variable(fromBf16(toBf16(parameter as unknown as Tensor2D)))
        : parameter,
    ]),
  )
}

describe.each(await modelBackends())('a bf16 snapshot on %s', (backend) => {
  beforeAll(() => setBackend(backend))

  it.runIf(promisesBits(backend))(
    'samples and scores with the bits of the float32 model of the rounded weights',
    async () => {
      await using plain = new LocalPolicy(config, rounded())
      await using policy = new LocalPolicy(config, initializeModel(config, 3), {
        snapshotWeights: 'bf16',
      })
      await using snapshot = await policy.snapshot()
      const [found, expected] = [await snapshot.sample(request), await plain.sample(request)]
      expect([...found.tokens]).toEqual([...expected.tokens])
      expect(bits(found.logprobs)).toEqual(bits(expected.logprobs))
      const items = [{ prompt, response: expected.tokens, temperature: 1 }]
      const want = { entropy: true, selfCertainty: true }
      const [[own], [other]] = [await snapshot.score(items, want), await plain.score(items, want)]
      expect(bits(own.logprobs)).toEqual(bits(found.logprobs))
      for (const name of ['logprobs', 'entropy', 'selfCertainty'] as const)
        expect(bits(own[name] as Float32Array)).toEqual(bits(other[name] as Float32Array))
    },
  )

  it('is a float32 copy by default, which outlives what it was taken of', async () => {
    const policy = new LocalPolicy(config, initializeModel(config, 3))
    const [exact, expected] = [await policy.snapshot(), await policy.sample(request)]
    await accumulate(policy, [
      slopedItem(prompt, expected.tokens, new Float32Array(expected.tokens.length).fill(1)),
    ])
    await policy.step({ learningRate: 0.1 })
    await policy[Symbol.asyncDispose]()
    expect(bits((await exact.sample(request)).logprobs)).toEqual(bits(expected.logprobs))
    await exact[Symbol.asyncDispose]()
  })

  it('comes from a folder too, in about half the memory, and frees it', async () => {
    const folder = await makeFolder()
    await using policy = new LocalPolicy(config, initializeModel(config, 3), {
      snapshotWeights: 'bf16',
    })
    await policy.save(folder, { optimizer: false })
    const before = memory().numBytes
    const whole = await loadSnapshot(folder)
    const bytes = memory().numBytes - before
    await whole[Symbol.asyncDispose]()
    const half = await loadSnapshot(folder, { weights: 'bf16', version: 'critic' })
    expect((memory().numBytes - before) / bytes).toBeLessThan(0.6)
    await using own = await policy.snapshot()
    const [found, expected] = [await half.sample(request), await own.sample(request)]
    expect(found.version).toBe('critic')
    expect(bits(found.logprobs)).toEqual(bits(expected.logprobs))
    await half[Symbol.asyncDispose]()
  })
})
