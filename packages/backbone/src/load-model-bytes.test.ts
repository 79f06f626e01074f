import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { setBackend } from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { beforeAll, expect, it } from 'vitest'
import { loadModelBytes } from './load-model-bytes.ts'
import { loadModelFolder } from './load-model-folder.ts'
import * as browser from './no-node.ts'
import * as node from './node.ts'

const folder = fileURLToPath(new URL('../../../examples/quickstart/model', import.meta.url))
const config = JSON.parse(readFileSync(`${folder}/config.json`, 'utf8')) as Record<string, unknown>
const weights = new Uint8Array(readFileSync(`${folder}/model.safetensors`))

beforeAll(() => setBackend('cpu'))

it('is the model of the folder', async () => {
  const fromBytes = await loadModelBytes({ config, weights })
  const fromFolder = await loadModelFolder(folder)
  expect(fromBytes.config).toEqual(fromFolder.config)
  expect(fromBytes.metadata).toEqual(fromFolder.metadata)
  expect([...fromBytes.parameters.keys()]).toEqual([...fromFolder.parameters.keys()])
  for (const [name, parameter] of fromFolder.parameters)
    expect(fromBytes.parameters.get(name)!.dataSync(), name).toEqual(parameter.dataSync())
})

it('refuses bytes that end too early or are none', async () => {
  await expect(
    loadModelBytes({ config, weights: weights.subarray(0, weights.length - 4) }),
  ).rejects.toMatchObject({
    code: 'corrupt-file',
    message: expect.stringContaining('model.safetensors'),
  })
  await expect(loadModelBytes({ config, weights: new Uint8Array() })).rejects.toMatchObject({
    code: 'corrupt-file',
  })
  await expect(loadModelBytes({ config: {}, weights })).rejects.toMatchObject({
    message: expect.stringContaining('config.json'),
  })
})

it('a browser has a refusal for each function of Node', () => {
  expect(Object.keys(browser).sort()).toEqual(Object.keys(node).sort())
  for (const refuse of Object.values(browser))
    expect(refuse).toThrow(/need Node, which a browser lacks.*loadModelBytes/)
})
