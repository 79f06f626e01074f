import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../test/temporary-folder.ts'
import { writeTinyModel, writeTinyTokenizer } from '../test/tiny-model-folder.ts'
import { loadLocalPolicy } from './load-local-policy.ts'
import { selectBackend } from './select-backend.ts'
import { writeFolderWhole } from './write-folder-whole.ts'

const folder = temporaryFolders()

describe('writeFolderWhole', () => {
  it('shows a new folder when it is complete, also in place of an empty one', async () => {
    const home = await folder()
    await mkdir(join(home, 'empty'))
    await mkdir(join(home, `new.${process.pid}.part`)) // of a process that was killed
    await writeFile(join(home, `new.${process.pid}.part`, 'half'), '')
    for (const name of ['new', 'empty', 'deep/er'])
      await writeFolderWhole(join(home, name), async (temporary) => {
        await writeFile(join(temporary, 'a'), '1')
        expect(await readdir(join(home, name)).catch(() => [])).toEqual([])
      })
    expect((await readdir(home)).toSorted()).toEqual(['deep', 'empty', 'new'])
    expect(await readdir(join(home, 'new'))).toEqual(['a'])
  })

  it('leaves nothing where writing fails, and names a full disk', async () => {
    const home = await folder()
    const failed = writeFolderWhole(
      join(home, 'model'),
      async (temporary) => {
        await writeFile(join(temporary, 'a'), '1')
        throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
      },
      3e9,
    )
    await expect(failed).rejects.toThrow(/model: the disk is full; it needs 3000\.0 MB\. Free/)
    expect(await readdir(home)).toEqual([])
  })

  it('writes into a folder that holds files', async () => {
    const home = await folder()
    await writeFile(join(home, 'old'), '1')
    await writeFolderWhole(home, (same) => writeFile(join(same, 'new'), '2'))
    expect([await readdir(home), await readFile(join(home, 'old'), 'utf8')]).toEqual([
      ['new', 'old'],
      '1',
    ])
  })
})

describe('a policy whose folder cannot be written', () => {
  it('leaves no half of it: neither optimizer nor tokenizer without the weights', async () => {
    const home = await folder()
    const model = join(home, 'model')
    await writeTinyModel(model)
    await writeTinyTokenizer(model)
    await mkdir(join(model, 'vocab.json')) // a tokenizer file that cannot be copied
    await selectBackend('cpu')
    for (const options of [{}, { adapter: { rank: 2 } }]) {
      await using policy = await loadLocalPolicy(model, options)
      await expect(policy.save(join(home, 'saved'))).rejects.toMatchObject({
        code: 'write-failed',
        message: expect.stringMatching(/vocab\.json could not be written/),
      })
      expect(await readdir(home)).toEqual(['model'])
    }
  })
})
