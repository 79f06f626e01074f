import { randomStream } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { type PromptSegment, PromptTree } from './prompt-tree.ts'

/** The prompt that a segment ends. */
function spelled(last: PromptSegment): number[] {
  const own = last.prompt.subarray(last.start, last.end)
  return last.parent ? [...spelled(last.parent), ...own] : [...own]
}

const counted = (from: number, length: number): number[] =>
  Array.from({ length }, (_, i) => from + i)

describe('PromptTree', () => {
  it('shares beginnings of 32 tokens, no shorter ones', () => {
    for (const [length, parent] of [
      [31, undefined],
      [32, 32],
    ]) {
      const tree = new PromptTree()
      const first = tree.add(Int32Array.from([...counted(0, length!), 100]))
      const second = tree.add(Int32Array.from([...counted(0, length!), 200]))
      expect([first.parent?.end, second.parent?.end]).toEqual([parent, parent])
      expect(tree.rows).toBe(parent === undefined ? 64 : 34)
    }
  })

  it('gives equal prompts one segment, however short', () => {
    const tree = new PromptTree()
    const short = tree.add(Int32Array.of(1, 2))
    tree.add(Int32Array.of(1, 2, 3))
    expect(tree.add(Int32Array.of(1, 2))).toBe(short)
    expect(tree.rows).toBe(5)
  })

  it('spells every prompt, with no more rows than they have, whatever they share', () => {
    for (let seed = 0; seed < 50; seed++) {
      const draw = randomStream(seed, 'prompts')
      let drawn = 0
      const below = (count: number): number => draw.integer(drawn++, count)
      const prompts: Int32Array[] = []
      for (let i = 0; i < 12; i++) {
        const known = prompts.length > 0 ? prompts[below(prompts.length)] : new Int32Array()
        const beginning = known.subarray(0, below(known.length + 1))
        prompts.push(Int32Array.from([...beginning, ...counted(below(3), 1 + below(60))]))
      }
      const tree = new PromptTree()
      const segments = prompts.map((prompt) => tree.add(prompt))
      segments.forEach((segment, i) => expect(spelled(segment)).toEqual([...prompts[i]]))
      const all = new Set<PromptSegment>()
      for (let part of segments)
        for (let each: PromptSegment | undefined = part; each; each = each.parent) all.add(each)
      const rows = [...all].map(({ start, end }) => end - start)
      expect(rows.every((length) => length > 0)).toBe(true)
      expect(tree.rows).toBe(rows.reduce((sum, length) => sum + length, 0))
    }
  })
})
