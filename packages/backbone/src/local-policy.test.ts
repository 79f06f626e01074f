import { drawStream } from '@icrl/core'
import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isIcrlError } from '@icrl/core'
import type { Snapshot, TokenScores } from '@icrl/core'
import { testPolicy } from '@icrl/core/testing'
import { memory, setBackend } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { modelBackends } from '../test/backends.ts'
import { drawKey } from '../test/draw-key.ts'
import { temporaryFolders } from '../test/temporary-folder.ts'
import { tinyConfig } from '../test/tiny-config.ts'
import { initializeModel } from './initialize-model.ts'
import { loadLocalPolicy } from './load-local-policy.ts'
import { LocalPolicy, type LocalPolicyOptions } from './local-policy.ts'
import { accumulate, slopedItem, type SlopedItem, slopesOf } from '../test/sloped.ts'

const config = tinyConfig()
const folder = temporaryFolders()
const create = (options: LocalPolicyOptions = {}): LocalPolicy =>
  new LocalPolicy(config, initializeModel(config, 0), options)
const prompt = Int32Array.of(1, 2, 3)
const response = Int32Array.of(4, 5, 6, 7)
const slopes = Float32Array.of(-1, 0.5, -0.25, 1)
const item = (more: Partial<SlopedItem> = {}): SlopedItem =>
  slopedItem(prompt, response, slopes, more)

async function codeOf(action: () => Promise<unknown>): Promise<string> {
  return action().then(
    () => 'none',
    (error: unknown) => (isIcrlError(error) ? error.code : String(error)),
  )
}

describe.each(await modelBackends())('LocalPolicy on %s', (backend) => {
  beforeAll(() => setBackend(backend))

  for (const { name, run } of testPolicy(async () => create(), {
    vocabularySize: config.vocabularySize,
    directory: folder,
  }))
    it(name, run)

  it('keeps the number of tensors over steps', async () => {
    await using policy = create()
    const turn = async (step: number): Promise<void> => {
      await Promise.all(
        [0, 1].map((session) =>
          policy.sample({
            prompt,
            maxTokens: 5,
            temperature: 1,
            stop: [],
            draws: drawStream(drawKey(session, { step })),
          }),
        ),
      )
      await policy.score([{ prompt, response, temperature: 1 }], {
        entropy: true,
        selfCertainty: true,
      })
      await accumulate(policy, [item(), item({ unit: 'b' })], 0.1)
      await policy.step({ learningRate: 1e-3, clipNorm: 1 })
    }
    await turn(0)
    const after = memory()
    for (let step = 1; step < 4; step++) await turn(step)
    expect(memory()).toMatchObject({
      numTensors: after.numTensors,
      numBytes: after.numBytes,
      numDataBuffers: after.numDataBuffers,
    })
  })

  it('frees all it allocated, a snapshot too', async () => {
    const before = memory().numTensors
    const policy = create()
    await accumulate(policy, [item()])
    const snapshot = await policy.snapshot()
    await snapshot.sample({
      prompt,
      maxTokens: 2,
      temperature: 1,
      stop: [],
      draws: drawStream(drawKey(0)),
    })
    await policy.step({ learningRate: 1e-3 })
    await snapshot[Symbol.asyncDispose]()
    await policy[Symbol.asyncDispose]()
    expect(memory().numTensors).toBe(before)
  })

  it('differentiates the entropy too', async () => {
    await using policy = create()
    const entropyOf = async (): Promise<number> => {
      const [{ entropy }] = await policy.score([{ prompt, response, temperature: 1 }], {
        entropy: true,
      })
      return (entropy as Float32Array).reduce((total, value) => total + value, 0)
    }
    const before = await entropyOf()
    await accumulate(policy, [slopedItem(prompt, response, new Float32Array(4))], 1)
    await policy.step({ learningRate: 1e-2 })
    expect(await entropyOf()).toBeLessThan(before)
  })

  it('has the gradient of finite differences through the whole model', async () => {
    const epsilon = 1e-2
    const loss = async (policy: LocalPolicy): Promise<number> => {
      const [{ logprobs }] = await policy.score([{ prompt, response, temperature: 0.8 }])
      return logprobs.reduce((total, logprob, t) => total + slopes[t] * logprob, 0)
    }
    const moved = async (step: number): Promise<number> => {
      const parameters = initializeModel(config, 0)
      const target = parameters.get('model.layers.0.mlp.gate_proj.weight')
      const values = target?.dataSync<'float32'>().slice() ?? new Float32Array(0)
      values[7] += step
      target?.assign((await import('@tensorflow/tfjs-core')).tensor(values, target.shape))
      await using policy = new LocalPolicy(config, parameters)
      return loss(policy)
    }
    const expected = ((await moved(epsilon)) - (await moved(-epsilon))) / (2 * epsilon)
    const parameters = initializeModel(config, 0)
    await using policy = new LocalPolicy(config, parameters, {
      optimizer: { beta1: 0, beta2: 0, epsilon: 1e12 },
    })
    const target = parameters.get('model.layers.0.mlp.gate_proj.weight')
    const before = target?.dataSync<'float32'>()[7] ?? 0
    await accumulate(policy, [item({ temperature: 0.8 })])
    await policy.step({ learningRate: 1e12 })
    const found = before - (target?.dataSync<'float32'>()[7] ?? 0)
    expect(Math.abs(found - expected)).toBeLessThan(2e-3 * Math.max(1, Math.abs(expected)))
  })
})

describe('accumulate', () => {
  beforeAll(() => setBackend('cpu'))

  it('drops the gradient after a non-finite slope, names item and token, and goes on', async () => {
    await using policy = create()
    const poisoned = slopedItem(prompt, response, Float32Array.of(1, NaN, 1, 1))
    await accumulate(policy, [item()])
    await expect(accumulate(policy, [item(), poisoned])).rejects.toThrow(
      'the slope by log-probability of item 1 at token 1 is NaN',
    )
    expect(await codeOf(() => policy.step({ learningRate: 1e-3 }))).toBe('invalid-option')
    await accumulate(policy, [item()])
    expect((await policy.step({ learningRate: 1e-3 })).version).toBe('policy@1')
  })

  it('refuses a gradient that overflows, by the name of its parameter, and changes no weight', async () => {
    await using policy = create()
    const before = await policy.score([{ prompt, response, temperature: 1 }])
    await accumulate(policy, [slopedItem(prompt, response, new Float32Array(4).fill(1e30))])
    await expect(policy.step({ learningRate: 1e-3 })).rejects.toThrow(
      'the gradient of model.embed_tokens.weight is not finite',
    )
    expect(await policy.score([{ prompt, response, temperature: 1 }])).toEqual(before)
  })

  it('skips the backward pass where every slope is zero, and steps by zero', async () => {
    await using policy = create()
    await accumulate(policy, [slopedItem(prompt, response, new Float32Array(4))])
    const before = await policy.score([{ prompt, response, temperature: 1 }])
    expect(await policy.step({ learningRate: 1e-3 })).toEqual({
      gradientNorm: 0,
      version: 'policy@1',
    })
    expect(await policy.score([{ prompt, response, temperature: 1 }])).toEqual(before)
  })

  it('evaluates the items of a unit together, wherever they stand', async () => {
    await using policy = create({ packTokens: 16 })
    const items = [item({ unit: 'pair' }), item({ unit: 'single' }), item({ unit: 'pair' })]
    const asked: (readonly number[])[] = []
    await policy.accumulate(items, (indices, scores) => {
      asked.push(indices)
      return slopesOf(items)(indices, scores)
    })
    expect(asked).toEqual([[0, 2, 1]])
  })

  it('scores a unit that is larger than a pass in passes, then back-propagates it in passes', async () => {
    const items = [
      item({ unit: 'pair' }),
      slopedItem(Int32Array.of(9, 3), response, slopes, { unit: 'pair' }),
    ]
    const updated = async (packTokens: number): Promise<[readonly number[][], TokenScores[]]> => {
      await using policy = create({ packTokens, optimizer: { epsilon: 1e3 } })
      const asked: number[][] = []
      const found = await policy.accumulate(items, (indices, scores) => {
        asked.push([...indices])
        expect(scores.map(({ logprobs }) => logprobs.every((value) => value < 0))).toEqual([
          true,
          true,
        ])
        return slopesOf(items)(indices, scores)
      })
      expect(found).toEqual(await policy.score(items))
      await policy.step({ learningRate: 10 })
      return [asked, await policy.score(items)]
    }
    const [[once, whole], [inParts, parts]] = [await updated(4096), await updated(6)]
    expect([once, inParts]).toEqual([[[0, 1]], [[0, 1]]])
    whole.forEach(({ logprobs }, i) =>
      logprobs.forEach((logprob, t) =>
        expect(Math.abs(logprob - parts[i].logprobs[t])).toBeLessThan(1e-5 * Math.abs(logprob)),
      ),
    )
  })

  it('gives the same update in other packs, to float32 noise', async () => {
    const items = [
      item(),
      slopedItem(Int32Array.of(9), response, slopes),
      slopedItem(prompt, Int32Array.of(8, 8), Float32Array.of(1, 1)),
    ]
    const updated = async (packTokens: number): Promise<TokenScores[]> => {
      await using policy = create({ packTokens, optimizer: { epsilon: 1e3 } })
      await accumulate(policy, items)
      await policy.step({ learningRate: 10 })
      return policy.score([{ prompt, response, temperature: 1 }])
    }
    const [[one], [other]] = [await updated(4096), await updated(1)]
    one.logprobs.forEach((logprob, t) =>
      expect(Math.abs(logprob - other.logprobs[t])).toBeLessThan(1e-5 * Math.abs(logprob)),
    )
  })

  it('clips to the norm', async () => {
    await using policy = create()
    await accumulate(policy, [item()])
    const { gradientNorm } = await policy.step({ learningRate: 1e-3, clipNorm: 1e-3 })
    expect(gradientNorm).toBeGreaterThan(1e-3)
  })

  it.each<[string, Partial<SlopedItem>, string]>([
    [
      'a response outside the vocabulary',
      { response: Int32Array.of(4, 5, 6, 99) },
      'vocabulary-mismatch',
    ],
    ['a response beyond the context', { response: new Int32Array(94) }, 'context-exceeded'],
    ['a mask of another length', { response: Int32Array.of(4) }, 'invalid-shape'],
    ['a temperature of 0', { temperature: 0 }, 'invalid-option'],
  ])('refuses %s', async (_, more, code) => {
    await using policy = create()
    expect(await codeOf(() => accumulate(policy, [item(more)]))).toBe(code)
  })

  it('refuses a step without a gradient and a rate that is no number', async () => {
    await using policy = create()
    expect(await codeOf(() => policy.step({ learningRate: 1e-3 }))).toBe('invalid-option')
    await accumulate(policy, [item()])
    expect(await codeOf(() => policy.step({ learningRate: NaN }))).toBe('invalid-option')
  })
})

describe('saving and loading', () => {
  beforeAll(() => setBackend('cpu'))

  const trained = async (options: LocalPolicyOptions = {}): Promise<LocalPolicy> => {
    const policy = create(options)
    await accumulate(policy, [item()])
    await policy.step({ learningRate: 1e-2 })
    return policy
  }

  it('writes a folder that loads as a model, with the tokenizer of the one it came from', async () => {
    const [source, target] = [await folder(), await folder()]
    await writeFile(join(source, 'tokenizer.json'), '{"a":1}')
    await using policy = await trained({ tokenizerFrom: source })
    await policy.save(target)
    expect((await readdir(target)).sort()).toEqual([
      'config.json',
      'model.safetensors',
      'optimizer.safetensors',
      'tokenizer.json',
    ])
    expect(JSON.parse(await readFile(join(target, 'config.json'), 'utf8'))).toMatchObject({
      architectures: ['Qwen3ForCausalLM'],
      torch_dtype: 'float32',
    })
    await using loaded = await loadLocalPolicy(target)
    expect(loaded.version).toBe('policy@0')
    expect(await loaded.score([{ prompt, response, temperature: 1 }])).toEqual(
      await policy.score([{ prompt, response, temperature: 1 }]),
    )
  })

  it('loads a folder that holds only a model, and begins a new optimizer', async () => {
    const target = await folder()
    await using policy = await trained()
    await policy.save(target)
    await rm(join(target, 'optimizer.safetensors'))
    await policy.load(target)
    expect(policy.version).toBe('policy@1.0')
  })

  it('loads the optimizer of a checkpoint that run format 1 wrote', async () => {
    const target = await folder()
    await using policy = await trained()
    await policy.save(target)
    await rename(join(target, 'optimizer.safetensors'), join(target, 'optimiser.safetensors'))
    await policy.load(target)
    expect(policy.version).toBe('policy@1')
  })

  it('refuses weights and optimizer of different updates', async () => {
    const [first, second] = [await folder(), await folder()]
    await using policy = await trained()
    await policy.save(first)
    await accumulate(policy, [item()])
    await policy.step({ learningRate: 1e-2 })
    await policy.save(second)
    await writeFile(
      join(first, 'optimizer.safetensors'),
      await readFile(join(second, 'optimizer.safetensors')),
    )
    const before = await policy.score([{ prompt, response, temperature: 1 }])
    await expect(policy.load(first)).rejects.toThrow('the save was interrupted')
    expect(await policy.score([{ prompt, response, temperature: 1 }])).toEqual(before)
    expect(policy.version).toBe('policy@2')
  })

  it('counts restarts in what it saves, and refuses an optimizer of another restart', async () => {
    const [first, second] = [await folder(), await folder()]
    await using policy = await trained()
    await policy.save(first)
    await using snapshot = await policy.snapshot()
    await policy.restore(snapshot)
    expect(policy.version).toBe('policy@1.0')
    await accumulate(policy, [item()])
    await policy.step({ learningRate: 1e-2 })
    await policy.save(second)
    await using resumed = create()
    await resumed.load(second)
    expect(resumed.version).toBe('policy@1.1')
    await writeFile(
      join(second, 'optimizer.safetensors'),
      await readFile(join(first, 'optimizer.safetensors')),
    )
    await expect(resumed.load(second)).rejects.toThrow(
      'it is of update 1, the weights beside it of 1 after restart 1: the save was interrupted',
    )
  })

  it('restores a snapshot of another policy of its shape, bit for bit, without sharing memory', async () => {
    const other = await trained({ name: 'other' })
    const scored = await other.score([{ prompt, response, temperature: 1 }])
    await using policy = create()
    const snapshot = await other.snapshot()
    await other[Symbol.asyncDispose]()
    await policy.restore(snapshot)
    const { numTensors } = memory()
    await policy.restore(snapshot)
    expect(memory().numTensors).toBe(numTensors)
    await snapshot[Symbol.asyncDispose]()
    expect(await policy.score([{ prompt, response, temperature: 1 }])).toEqual(scored)
    await accumulate(policy, [item()])
    expect((await policy.step({ learningRate: 1e-2 })).version).toBe('policy@2.1')
  })

  it('refuses snapshots that are compressed, gone, of another model or another engine', async () => {
    await using policy = await trained()
    await using compressed = await create({ snapshotWeights: 'bf16' }).snapshot()
    const gone = await policy.snapshot()
    await gone[Symbol.asyncDispose]()
    const wideConfig = tinyConfig({ intermediate_size: 32 })
    await using wide = await new LocalPolicy(wideConfig, initializeModel(wideConfig, 0)).snapshot()
    await using foreign: Snapshot = {
      sample: (request, signal) => policy.sample(request, signal),
      score: (items) => policy.score(items),
      [Symbol.asyncDispose]: async () => undefined,
    }
    const before = await policy.score([{ prompt, response, temperature: 1 }])
    for (const [snapshot, code, message] of [
      [compressed, 'unsupported', /in bf16/],
      [gone, 'unsupported', /holds no weights/],
      [foreign, 'unsupported', /holds no weights/],
      [wide, 'invalid-shape', /feedForwardSize 32 instead of/],
    ] as const) {
      const error: unknown = await policy.restore(snapshot).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string })
    }
    expect(policy.version).toBe('policy@1')
    expect(await policy.score([{ prompt, response, temperature: 1 }])).toEqual(before)
  })

  it('refuses a model of another architecture', async () => {
    const target = await folder()
    await using wide = new LocalPolicy(
      tinyConfig({ intermediate_size: 32 }),
      initializeModel(tinyConfig({ intermediate_size: 32 }), 0),
    )
    await wide.save(target)
    await using policy = create()
    await expect(policy.load(target)).rejects.toThrow(
      'model.layers.0.mlp.gate_proj.weight has shape [32, 16], this policy',
    )
  })

  it('fails to save where nothing can be written, naming the place', async () => {
    const file = join(await folder(), 'file')
    await writeFile(file, '')
    await using policy = create()
    expect(await codeOf(() => policy.save(join(file, 'model')))).toBe('write-failed')
  })
})
