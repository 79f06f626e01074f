import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findVocabulary, readVocabulary } from './read-vocabulary.ts'

const root = mkdtempSync(join(tmpdir(), 'icrl-vocabulary-'))
afterAll(() => rmSync(root, { recursive: true }))

function file(json: object): string {
  const path = join(root, 'tokenizer.json')
  writeFileSync(path, JSON.stringify(json))
  return path
}

describe('readVocabulary', () => {
  it('undoes the byte-level alphabet', async () => {
    const text = await readVocabulary(
      file({
        decoder: { type: 'ByteLevel' },
        model: { type: 'BPE', vocab: { Ġthe: 0, Ċ: 1, 'Ã©': 2, Ã: 3, '!': 4 }, merges: ['a b'] },
        added_tokens: [{ id: 5, content: '<|im_end|>' }],
      }),
    )
    expect([0, 1, 2, 3, 4, 5, 6].map(text)).toEqual([
      ' the',
      '\n',
      'é',
      '\uFFFD',
      '!',
      '<|im_end|>',
      undefined,
    ])
  })

  it('reads SentencePiece and unigram vocabularies', async () => {
    const text = await readVocabulary(
      file({
        decoder: { type: 'Metaspace' },
        model: {
          type: 'Unigram',
          vocab: [
            ['<unk>', 0],
            ['▁a', -1],
            ['b', -2],
          ],
        },
      }),
    )
    expect([0, 1, 2].map(text)).toEqual(['<unk>', ' a', 'b'])
  })

  it('sets words apart', async () => {
    const text = await readVocabulary(
      file({
        pre_tokenizer: { type: 'WhitespaceSplit' },
        model: { type: 'WordLevel', vocab: { zero: 0 } },
      }),
    )
    expect(text(0)).toBe(' zero')
  })

  it('refuses what is not there and what is not JSON', async () => {
    await expect(readVocabulary(join(root, 'none.json'))).rejects.toMatchObject({
      code: 'missing-file',
    })
    writeFileSync(join(root, 'torn.json'), '{')
    await expect(readVocabulary(join(root, 'torn.json'))).rejects.toMatchObject({
      code: 'corrupt-file',
    })
  })
})

describe('findVocabulary', () => {
  it('finds the model’s, else the newest checkpoint’s, else that of the model it began with', async () => {
    const run = join(root, 'run')
    const put = (folder: string, word: string): void => {
      mkdirSync(join(run, folder), { recursive: true })
      writeFileSync(
        join(run, folder, 'tokenizer.json'),
        JSON.stringify({ model: { vocab: { [word]: 0 } } }),
      )
    }
    mkdirSync(run)
    expect(await findVocabulary(run)).toBeUndefined()
    const config = { config: { model: { path: '../base' } } }
    writeFileSync(join(run, 'config.json'), JSON.stringify(config))
    expect(await findVocabulary(run)).toBeUndefined()
    put('../base', 'base')
    expect((await findVocabulary(run))!(0)).toBe('base')
    put('checkpoints/step-00010/policies/model', 'ten')
    put('checkpoints/step-00020/policies/model', 'twenty')
    expect((await findVocabulary(run))!(0)).toBe('twenty')
    put('model', 'final')
    expect((await findVocabulary(run))!(0)).toBe('final')
  })
})
