import '@tensorflow/tfjs-backend-cpu'
import { fileURLToPath } from 'node:url'
import { setBackend, tensor1d } from '@tensorflow/tfjs-core'
import { linearProduct, packedLayout } from '@icrl/tfjs-ops'
import { describe, expect, it } from 'vitest'
import { modelBackends } from '../test/backends.ts'
import { slopedItem, type SlopedItem, slopesOf } from '../test/sloped.ts'
import { createDecoder, type Decoder, decoderForward } from './decoder.ts'
import { GradientSum } from './gradient-sum.ts'
import { baseFolderOf, loadAdapter } from './load-adapter.ts'
import { loadModelFolder } from './load-model-folder.ts'
import { SafetensorsFile } from './load-safetensors.ts'
import { SharedWeights } from './shared-weights.ts'
import { accumulateItems } from './train-pack.ts'

const adapters = fileURLToPath(new URL('../test/golden/adapters', import.meta.url))
const TOLERANCE = 1e-4

/** Largest difference relative to the largest magnitude of the reference. */
function relativeError(actual: ArrayLike<number>, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length)
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return (
    expected.reduce((most, value, i) => Math.max(most, Math.abs(actual[i] - value)), 0) / largest
  )
}

async function logitsOf(decoder: Decoder, ids: Int32Array): Promise<Float32Array> {
  const positions = tensor1d(Int32Array.from(ids.keys()), 'int32')
  const inputs = {
    ids: tensor1d(ids, 'int32'),
    rows: { positions, layout: packedLayout([ids.length]) },
    chosen: positions,
  }
  const { hidden } = await decoderForward(decoder, inputs, { keep: 'nothing' })
  return linearProduct(hidden, decoder.weights.head).dataSync<'float32'>()
}

const backends = await modelBackends()

describe.each(['qwen3', 'llama-linear-bias'])('an adapter of %s against PEFT', (name) => {
  const folder = `${adapters}/${name}`

  it.each(backends)('has the logits and the gradients on %s', async (backend) => {
    await setBackend(backend)
    const base = await baseFolderOf(folder)
    const { config, parameters } = await loadModelFolder(base)
    const adapter = await loadAdapter(folder, config, new SharedWeights(parameters))
    const decoder = createDecoder(config, parameters, adapter)
    await using expected = await SafetensorsFile.open(`${folder}/expected.safetensors`)
    const items: SlopedItem[] = []
    for (const i of [0, 1]) {
      const ids = Int32Array.from(await expected.read(`ids.${i}`))
      const logits = await logitsOf(decoder, ids)
      expect(relativeError(logits, await expected.read(`logits.${i}`))).toBeLessThan(TOLERANCE)
      items.push(slopedItem(ids.slice(0, 1), ids.slice(1), await expected.read(`slopes.${i}`)))
    }
    const gradients = new GradientSum((parameter) => adapter.parameters.has(parameter))
    await accumulateItems({
      decoder,
      call: { items, slopes: slopesOf(items), entropySlopes: false },
      want: {},
      gradients,
      keep: 'attention',
      packTokens: Infinity,
    })
    expect(gradients.size).toBe(adapter.parameters.size)
    for (const parameter of adapter.parameters.keys()) {
      const error = relativeError(
        gradients.get(parameter)!.dataSync(),
        await expected.read(`gradient.${parameter}`),
      )
      expect(error, parameter).toBeLessThan(TOLERANCE)
    }
  })
})
