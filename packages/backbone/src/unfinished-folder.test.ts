import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isIcrlError } from '@icrl/core'
import { memory, setBackend } from '@tensorflow/tfjs-core'
import { beforeEach, describe, expect, it } from 'vitest'
import '../test/backends.ts'
import { temporaryFolders } from '../test/temporary-folder.ts'
import { loadModelFolder } from './load-model-folder.ts'

const golden = (name: string): string =>
  fileURLToPath(new URL(`../test/golden/${name}`, import.meta.url))
const folder = temporaryFolders()
async function failureOf(directory: string): Promise<string> {
  const before = memory().numTensors
  const failure = await loadModelFolder(directory).then(
    () => 'none',
    (error: unknown) => (isIcrlError(error) ? `${error.code} ${error.message}` : String(error)),
  )
  expect(memory().numTensors).toBe(before)
  return failure
}

describe('a folder that is not whole', () => {
  beforeEach(async () => {
    await setBackend('cpu')
  })
  const copyOf = async (name: string): Promise<string> => {
    const target = await folder()
    await cp(golden(name), target, { recursive: true })
    return target
  }

  it('names the shard that the index names and that is not there', async () => {
    const target = await copyOf('llama3')
    await rm(join(target, 'model-00002-of-00002.safetensors'))
    expect(await failureOf(target)).toMatch(
      /^missing-file .*model-00002-of-00002.safetensors: the weights are not there, which model.safetensors.index.json names/,
    )
  })

  it('names parts of a download, wherever they lie', async () => {
    const target = await copyOf('qwen2')
    await rm(join(target, 'model.safetensors'))
    const cache = join(target, '.cache/huggingface/download')
    await mkdir(cache, { recursive: true })
    await writeFile(join(cache, 'abc.incomplete'), 'x')
    expect(await failureOf(target)).toMatch(
      /^missing-file .*abc.incomplete is a part of a download/,
    )
  })

  it('names weights of another format', async () => {
    const target = await copyOf('qwen2')
    await rm(join(target, 'model.safetensors'))
    await writeFile(join(target, 'pytorch_model.bin'), 'x')
    expect(await failureOf(target)).toMatch(/^missing-file .*are not there, but pytorch_model.bin/)
  })

  it('tells a pointer of Git LFS from weights and from a configuration', async () => {
    const target = await copyOf('qwen2')
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 9\n`
    await writeFile(join(target, 'model.safetensors'), pointer)
    expect(await failureOf(target)).toMatch(
      /^corrupt-file .*model.safetensors is a pointer of Git LFS/,
    )
    await writeFile(join(target, 'config.json'), pointer)
    expect(await failureOf(target)).toMatch(/^corrupt-file .*config.json is a pointer of Git LFS/)
  })
})
