import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isIcrlError } from '@icrl/core'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { folders } from '../test/golden/read-golden.ts'
import { loadTokenizer } from './index.ts'

describe('loadTokenizer', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'icrl-renderer-'))
    await writeFile(
      join(folder, 'tokenizer.json'),
      await readFile(join(folders.bpe, 'tokenizer.json')),
    )
  })
  afterEach(() => rm(folder, { recursive: true }))
  const put = (name: string, value: unknown) =>
    writeFile(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value))

  it('needs tokenizer.json alone', async () => {
    const tokenizer = await loadTokenizer(folder)
    expect(tokenizer).toMatchObject({ template: undefined, stop: [], specialTokens: {} })
    expect(tokenizer.decode(tokenizer.encode('the key'))).toBe('the key')
  })

  it('reads stop ids, sizes, special tokens and templates where they are', async () => {
    await put('tokenizer_config.json', {
      eos_token: { content: '<eos>' },
      bos_token: '<|user|>',
      pad_token: null,
      add_bos_token: false,
      chat_template: [
        { name: 'tool_use', template: 'T' },
        { name: 'default', template: 'D' },
      ],
    })
    await put('generation_config.json', { eos_token_id: [5, 0] })
    await put('config.json', { vocab_size: 512, eos_token_id: 0 })
    expect(await loadTokenizer(folder)).toMatchObject({
      template: 'D',
      stop: [0, 5],
      specialTokens: { eos_token: '<eos>', bos_token: '<|user|>' },
      vocabularySize: 512,
    })
    await put('chat_template.jinja', 'J')
    expect((await loadTokenizer(folder)).template).toBe('J')
  })

  it.each([
    ['tokenizer.json', '{', 'corrupt-file', /tokenizer.json is not JSON/],
    ['tokenizer.json', '{}', 'corrupt-file', /tokenizer.json: /],
    ['tokenizer.json', '[]', 'corrupt-file', /not a JSON object/],
    ['tokenizer_config.json', 'null', 'corrupt-file', /tokenizer_config.json is not a JSON object/],
    [
      'config.json',
      '{"vocab_size":100}',
      'vocabulary-mismatch',
      /has 315 ids, config.json allows 100/,
    ],
  ] as const)('refuses %s of %s', async (name, content, code, message) => {
    await put(name, content)
    const error = await loadTokenizer(folder).catch((caught: unknown) => caught)
    expect(isIcrlError(error, code)).toBe(true)
    expect(String(error)).toMatch(message)
  })

  it.each(['tokenizer_config.json', 'chat_template.jinja'])(
    'refuses a %s that is not UTF-8',
    async (name) => {
      await writeFile(join(folder, name), Buffer.from('{"a":"\xe9"}', 'latin1'))
      const error = await loadTokenizer(folder).catch((caught: unknown) => caught)
      expect(isIcrlError(error, 'corrupt-file')).toBe(true)
      expect(String(error)).toContain(`${name} is not UTF-8 text`)
    },
  )

  it('says which folder has no tokenizer', async () => {
    const error = await loadTokenizer(join(folder, 'nowhere')).catch((caught: unknown) => caught)
    expect(isIcrlError(error, 'missing-file')).toBe(true)
    expect(String(error)).toMatch(/nowhere has no tokenizer.json/)
  })
})

describe('encode', () => {
  it('refuses a word the vocabulary has not, by name', async () => {
    const words = await loadTokenizer(folders.words)
    expect([...words.encode('the key')]).toEqual([18, 11])
    expect(() => words.encode('the dragon')).toThrow(
      /"(dragon|\[unk\])" in "the dragon" is not in the vocabulary/,
    )
  })

  it('refuses a character a vocabulary without bytes has not, instead of losing it', async () => {
    const json = JSON.parse(await readFile(join(folders.bpe, 'tokenizer.json'), 'utf8'))
    const { createTokenizer } = await import('./index.ts')
    const small = createTokenizer({
      tokenizer: {
        ...json,
        pre_tokenizer: { type: 'WhitespaceSplit' },
        decoder: null,
        model: { ...json.model, vocab: { a: 0, b: 1, ab: 2 }, merges: [['a', 'b']] },
        added_tokens: [],
      },
    })
    expect([...small.encode('ab ba')]).toEqual([2, 1, 0])
    expect(() => small.encode('abc')).toThrow(/a character in "abc" is not in the vocabulary/)
  })

  it('loses nothing: byte-level ids decode to the text they came from', async () => {
    const tokenizer = await loadTokenizer(folders.bpe)
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('<')),
        (text) => {
          expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
        },
      ),
    )
  })

  it('is not the inverse of decode: ids a model may sample can encode otherwise', async () => {
    const tokenizer = await loadTokenizer(folders.bpe)
    const apart = Int32Array.of(
      ...tokenizer.encode('k'),
      ...tokenizer.encode('e'),
      ...tokenizer.encode('y'),
    )
    expect(tokenizer.encode(tokenizer.decode(apart)).length).toBeLessThan(apart.length)
  })
})
