import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeTinyModel, writeTinyTokenizer } from '../../backbone/test/tiny-model-folder.ts'
import { icrl } from './command-line.ts'

let root: string
let model: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'icrl-convert-'))
  model = join(root, 'model')
  await writeTinyModel(model)
  await writeTinyTokenizer(model)
})
afterAll(() => rm(root, { recursive: true, force: true }))

const convert = (to: string, ...more: string[]): ReturnType<typeof icrl> =>
  icrl('convert', model, '--to', join(root, to), ...more)

describe('icrl convert', () => {
  it('writes a folder or a GGUF file, by the name of what it writes to', async () => {
    const folder = await convert('bf16', '--dtype', 'bf16', '--max-shard-size', '0.03MB', '--json')
    expect(folder).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(folder.out)).toMatchObject({ path: join(root, 'bf16'), tensors: 21 })
    expect(await readdir(join(root, 'bf16'))).toContain('model.safetensors.index.json')
    const file = await convert('m.gguf', '--quantization', 'q8_0', '--modelfile')
    expect(file).toMatchObject({
      code: 0,
      out: expect.stringMatching(/m\.gguf, 21 tensors, 0\.\d MB\n$/),
    })
    expect((await readFile(join(root, 'm.gguf'))).toString('latin1', 0, 4)).toBe('GGUF')
    expect(await readFile(join(root, 'm.Modelfile'), 'utf8')).toContain('FROM ./m.gguf')
  })

  it('refuses options of the other form, sizes that are none, and what is there already', async () => {
    const refused: [string[], RegExp][] = [
      [['a.gguf', '--dtype', 'bf16'], /--dtype is for folders: use --quantization/],
      [['a', '--quantization', 'f16'], /--quantization is for GGUF files: use --dtype/],
      [['a', '--modelfile'], /--modelfile is for GGUF files/],
      [['a', '--unmerge'], /--unmerge needs --adapter/],
      [['a', '--max-shard-size', 'much'], /Expected a size such as 5GB/],
      [['model'], /model exists already/],
    ]
    for (const [[to, ...more], message] of refused)
      expect(await convert(to, ...more)).toMatchObject({
        code: 2,
        err: expect.stringMatching(message),
      })
    expect(await icrl('convert', join(root, 'none'), '--to', join(root, 'b'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no folder'),
    })
  })
})
