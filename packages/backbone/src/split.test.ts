import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { drawStream, type PassItem } from '@icrl/core'
import { fromBf16, isSplit, type MomentStorage } from '@icrl/tfjs-ops'
import { memory, setBackend, variable } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { modelBackends, promisesBits } from '../test/backends.ts'
import { drawKey } from '../test/draw-key.ts'
import { accumulate, slopedItem } from '../test/sloped.ts'
import { temporaryFolders } from '../test/temporary-folder.ts'
import { tinyConfig } from '../test/tiny-config.ts'
import { initializeModel } from './initialize-model.ts'
import { loadLocalPolicy } from './load-local-policy.ts'
import { SafetensorsFile } from './load-safetensors.ts'
import { LocalPolicy, type LocalPolicyOptions } from './local-policy.ts'
import { saveModelFolder } from './save-model-folder.ts'
import { keepTrainable, type Weight } from './weight-storage.ts'

const config = tinyConfig()
const folder = temporaryFolders()
const ids = (seed: number, length: number): Int32Array =>
  Int32Array.from({ length }, (_, i) => (seed * 7 + i * 5 + ((i * i) % 11)) % 24)
const bits = (values: Float32Array): number[] => [
  ...new Int32Array(values.buffer, values.byteOffset, values.length),
]
const items = [0, 1].map((i) => {
  const response = ids(i + 3, 6 + 3 * i)
  return slopedItem(
    ids(i, 5),
    response,
    Float32Array.from(response, (_, t) => Math.sin(t) / 4),
  )
})
const request = {
  prompt: ids(1, 6),
  maxTokens: 10,
  temperature: 1,
  stop: [],
  draws: drawStream(drawKey(0)),
}

/** A policy whose matrices are bf16 with float32 masters. */
function create(options: LocalPolicyOptions = {}): LocalPolicy {
  const weights = new Map<string, Weight>()
  for (const [name, weight] of initializeModel(config, 3)) {
    weights.set(name, keepTrainable(weight, 'bf16'))
    weight.dispose()
  }
  return new LocalPolicy(config, weights, options)
}

async function train(policy: LocalPolicy, steps: number): Promise<void> {
  for (let step = 0; step < steps; step++) {
    await accumulate(policy, items)
    await policy.step({ learningRate: 0.01 })
  }
}

describe.each(await modelBackends())('bf16 weights with masters on %s', (backend) => {
  beforeAll(() => setBackend(backend))

  it.runIf(promisesBits(backend))(
    'sample what they score and train, with the bits of float32 weights rounded to bf16',
    async () => {
      await using policy = create({ keep: 'attention' })
      await train(policy, 2)
      const drawn = await policy.sample(request)
      const passes: PassItem[] = [
        { prompt: request.prompt, response: drawn.tokens, temperature: 1 },
      ]
      const [scored] = await policy.score(passes)
      const [trained] = await policy.accumulate(passes, () => [
        { logprobs: new Float32Array(drawn.tokens.length) },
      ])
      expect(bits(scored.logprobs)).toEqual(bits(drawn.logprobs))
      expect(bits(trained.logprobs)).toEqual(bits(drawn.logprobs))
      const saved = await folder()
      await policy.save(saved)
      await using plain = await loadLocalPolicy(saved)
      expect(bits((await plain.sample(request)).logprobs)).toEqual(bits(drawn.logprobs))
    },
  )

  it('move as float32 weights move by the same gradients: one update of the masters', async () => {
    const rounded = new Map<string, Weight>()
    const start = initializeModel(config, 3)
    for (const [name, weight] of start) {
      const kept = keepTrainable(weight, 'bf16')
      rounded.set(name, isSplit(kept) ? variable(fromBf16(kept)) : variable(weight))
    }
    await using split = create()
    await using plain = new LocalPolicy(config, rounded)
    await accumulate(split, items)
    await accumulate(plain, items)
    const [one, other] = [
      await split.step({ learningRate: 0 }),
      await plain.step({ learningRate: 0 }),
    ]
    expect(one.gradientNorm).toBe(other.gradientNorm)
  })

  it.each<MomentStorage>(['float32', 'bf16', '8bit'])(
    'go on from a folder with the bytes of a whole run, moments in %s',
    async (moments) => {
      const options: LocalPolicyOptions = { optimizer: { moments, weightDecay: 0.1 } }
      const files = ['model.safetensors', 'masters.safetensors', 'optimizer.safetensors']
      const bytesOf = async (policy: LocalPolicy): Promise<Buffer[]> => {
        const saved = await folder()
        await policy.save(saved)
        return Promise.all(files.map((file) => readFile(join(saved, file))))
      }
      await using whole = create(options)
      await train(whole, 3)
      const half = await folder()
      {
        await using first = create(options)
        await train(first, 1)
        await first.save(half)
      }
      await using second = await loadLocalPolicy(half, { ...options, weights: 'bf16' })
      await second.load(half)
      await train(second, 2)
      expect(await bytesOf(second)).toEqual(await bytesOf(whole))
      await using file = await SafetensorsFile.open(join(half, 'model.safetensors'))
      expect(file.tensor('model.layers.0.mlp.up_proj.weight').type).toBe('BF16')
      expect(file.tensor('model.norm.weight').type).toBe('F32')
      expect(JSON.parse(await readFile(join(half, 'config.json'), 'utf8'))).toMatchObject({
        torch_dtype: 'bfloat16',
      })
      await using other = create()
      if (moments !== 'float32')
        await expect(other.load(half)).rejects.toThrow(
          `its moments are kept as ${moments}, here as`,
        )
    },
  )

  it('take the memory that they should: moments in half or a quarter, masters in 4 bytes', async () => {
    const bytes = async (moments: MomentStorage): Promise<number> => {
      await using policy = create({ optimizer: { moments } })
      await accumulate(policy, items)
      const before = memory().numBytes
      await policy.step({ learningRate: 0.1 })
      // Gradients go, moments come.
      return memory().numBytes - before + 4 * policy.learnedSize
    }
    const whole = await bytes('float32')
    expect((await bytes('bf16')) / whole).toBeCloseTo(0.5, 2)
    expect((await bytes('8bit')) / whole).toBeLessThan(0.28)
    const before = memory().numBytes
    const float = new LocalPolicy(config, initializeModel(config, 0))
    const needed = memory().numBytes - before
    await float[Symbol.asyncDispose]()
    await using split = create()
    expect(memory().numBytes - before).toBe(needed)
    expect(split.learnedSize).toBeGreaterThan(0)
  })

  it('go back to a snapshot with their masters; a compressed one samples alike', async () => {
    await using policy = create({ snapshotWeights: 'float32' })
    await train(policy, 1)
    await using snapshot = await policy.snapshot()
    const [then, saved] = [await policy.sample(request), await folder()]
    await policy.save(saved)
    await train(policy, 2)
    expect(bits((await snapshot.sample(request)).logprobs)).toEqual(bits(then.logprobs))
    await policy.restore(snapshot)
    const again = await folder()
    await policy.save(again)
    const masters = [saved, again].map(async (directory) => {
      await using file = await SafetensorsFile.open(join(directory, 'masters.safetensors'))
      return file.readIntegers('model.layers.1.mlp.down_proj.weight')
    })
    expect(await masters[1]).toEqual(await masters[0])
    await using small = create({ snapshotWeights: 'bf16' })
    await using compressed = await small.snapshot()
    expect(bits((await compressed.sample(request)).logprobs)).toEqual(
      bits((await small.sample(request)).logprobs),
    )
    await expect(small.restore(compressed)).rejects.toThrow('in bf16')
  })

  it('come from a bf16 folder as they are', async () => {
    const [first, second] = [await folder(), await folder()]
    await saveModelFolder(first, config, initializeModel(config, 3))
    await using policy = await loadLocalPolicy(first, { weights: 'bf16' })
    await policy.save(second, { optimizer: false })
    await using again = await loadLocalPolicy(second, { weights: 'bf16' })
    expect(bits((await again.sample(request)).logprobs)).toEqual(
      bits((await policy.sample(request)).logprobs),
    )
  })
})
