import '@tensorflow/tfjs-backend-cpu'
import { fileURLToPath } from 'node:url'
import { setBackend, tensor1d } from '@tensorflow/tfjs-core'
import { linearProduct, packedLayout } from '@icrl/tfjs-ops'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDecoder, type Decoder, decoderForward, disposePass } from './decoder.ts'
import { GradientSum } from './gradient-sum.ts'
import { loadModelFolder } from './load-model-folder.ts'
import { SafetensorsFile } from './load-safetensors.ts'
import { parameterShapes } from './parameter-shapes.ts'
import { accumulateItems } from './train-pack.ts'
import { slopedItem, type SlopedItem, slopesOf } from '../test/sloped.ts'

const golden = fileURLToPath(new URL('../test/golden', import.meta.url))
const TOLERANCE = 1e-4

/** Largest difference relative to the largest magnitude of the reference. */
function relativeError(actual: ArrayLike<number>, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length)
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return (
    expected.reduce((most, value, i) => Math.max(most, Math.abs(actual[i] - value)), 0) / largest
  )
}

async function loadDecoder(folder: string): Promise<Decoder> {
  const { config, parameters } = await loadModelFolder(folder)
  return createDecoder(config, parameters)
}

async function logitsOf(decoder: Decoder, ids: Int32Array): Promise<Float32Array> {
  const rows = {
    positions: tensor1d(
      ids.map((_, i) => i),
      'int32',
    ),
    layout: packedLayout([ids.length]),
  }
  const pass = await decoderForward(
    decoder,
    { ids: tensor1d(ids, 'int32'), rows, chosen: rows.positions },
    { keep: 'nothing' },
  )
  const logits = linearProduct(pass.hidden, decoder.weights.head).dataSync<'float32'>()
  disposePass(pass)
  return logits
}

beforeAll(() => setBackend('cpu'))

describe.each(['qwen3', 'qwen3-yarn-bias', 'qwen2', 'llama3', 'llama-linear-bias'])(
  '%s against transformers',
  (name) => {
    const folder = `${golden}/${name}`

    it('has the logits', async () => {
      await using expected = await SafetensorsFile.open(`${folder}/expected.safetensors`)
      const decoder = await loadDecoder(folder)
      for (const i of [0, 1]) {
        const ids = Int32Array.from(await expected.read(`ids.${i}`))
        expect(
          relativeError(await logitsOf(decoder, ids), await expected.read(`logits.${i}`)),
        ).toBeLessThan(TOLERANCE)
      }
    })

    it("has every parameter's gradient", async () => {
      await using expected = await SafetensorsFile.open(`${folder}/expected.safetensors`)
      const decoder = await loadDecoder(folder)
      const items = await Promise.all(
        [0, 1].map(async (i): Promise<SlopedItem> => {
          const ids = Int32Array.from(await expected.read(`ids.${i}`))
          const response = ids.slice(1)
          return slopedItem(ids.slice(0, 1), response, await expected.read(`slopes.${i}`))
        }),
      )
      const gradients = new GradientSum()
      await accumulateItems({
        decoder,
        call: { items, slopes: slopesOf(items), entropySlopes: false },
        want: {},
        gradients,
        keep: 'all',
        packTokens: Infinity,
      })
      expect(gradients.size).toBe(parameterShapes(decoder.config).size)
      for (const parameter of parameterShapes(decoder.config).keys()) {
        const error = relativeError(
          gradients.get(parameter)?.dataSync() ?? [],
          await expected.read(`gradient.${parameter}`),
        )
        expect(error, parameter).toBeLessThan(TOLERANCE)
      }
      gradients.clear()
    })
  },
)
