import { describe, expect, it } from 'vitest'
import { visibleText } from './visible-text.ts'

describe('visibleText', () => {
  it.each([
    ['plain', 'plain'],
    ['<think>a</think> said ', 'said'],
    ['a</think>b</think>said', 'said'],
    ['said <think>cut off', 'said'],
    ['<think>cut off', ''],
    ['', ''],
  ])('%j: %j', (text, said) => expect(visibleText(text)).toBe(said))
})
