import '@tensorflow/tfjs-backend-cpu'
import { linearProduct } from '@icrl/tfjs-ops'
import { setBackend } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { tinyConfig } from '../test/tiny-config.ts'
import { createDecoder } from './decoder.ts'
import { Inference } from './inference.ts'
import { initializeModel } from './initialize-model.ts'
import { packItems } from './pack.ts'
import { disposeScored, forwardPack, readScores } from './score-pack.ts'

const config = tinyConfig()
const items = [
  { prompt: Int32Array.of(1, 2), response: Int32Array.of(3, 4, 5), temperature: 1 },
  { prompt: Int32Array.of(1, 2), response: Int32Array.of(6), temperature: 0.5 },
]

beforeAll(() => setBackend('cpu'))

describe('readScores', () => {
  it('is what the logits say, at their temperatures', async () => {
    const { decoder } = new Inference(
      createDecoder(config, initializeModel(config, 0)),
      () => 'test',
    )
    const pack = packItems(items)
    const scored = await forwardPack(decoder, pack, { keep: 'nothing', entropy: true })
    const { logprobs, entropy, selfCertainty } = await readScores(decoder, scored, {
      entropy: true,
      selfCertainty: true,
    })
    const logits = linearProduct(scored.pass.hidden, decoder.weights.head).dataSync()
    disposeScored(scored)
    const size = config.vocabularySize
    pack.targets.forEach((target, m) => {
      const scaled = [...logits.subarray(m * size, (m + 1) * size)].map(
        (logit) => logit / pack.temperatures[m],
      )
      const total = Math.log(scaled.reduce((sum, logit) => sum + Math.exp(logit), 0))
      const logOf = scaled.map((logit) => logit - total)
      expect(logprobs[m]).toBeCloseTo(logOf[target], 5)
      expect(entropy?.[m]).toBeCloseTo(-logOf.reduce((sum, log) => sum + Math.exp(log) * log, 0), 5)
      expect(selfCertainty?.[m]).toBeCloseTo(
        logOf.reduce((sum, log) => sum - (log + Math.log(size)) / size, 0),
        5,
      )
    })
  })
})

describe('score', () => {
  it('gives zeros where nothing is scored, and nothing for no items', async () => {
    const inference = new Inference(createDecoder(config, initializeModel(config, 0)), () => 'test')
    expect(await inference.score([])).toEqual([])
    const masked = { ...items[0], mask: new Uint8Array(3) }
    expect(
      await inference.score([masked, { ...items[1], response: new Int32Array(0) }], {
        entropy: true,
      }),
    ).toEqual([
      { logprobs: new Float32Array(3), entropy: new Float32Array(3) },
      { logprobs: new Float32Array(0), entropy: new Float32Array(0) },
    ])
  })
})
