import type { Renderer } from '@icrl/core'
import type { Demonstration } from './demonstration.ts'

/** Ids of what a demonstration says, each turn ended, with its observations masked. */
export function demonstrationTokens(
  { answer, further = [] }: Demonstration,
  renderer: Pick<Renderer, 'continue' | 'stop'>,
  encode: (text: string) => Int32Array,
): { readonly response: Int32Array; readonly mask: Uint8Array } {
  const ids: number[] = []
  const mask: number[] = []
  const append = (tokens: Iterable<number>, trained: 0 | 1): void => {
    for (const id of tokens) {
      ids.push(id)
      mask.push(trained)
    }
  }
  const say = (text: string): void => append([...encode(text), renderer.stop[0]], 1)
  say(answer)
  for (const { observation, answer: next } of further) {
    append(renderer.continue([{ role: 'user', content: observation }], 'stop'), 0)
    say(next)
  }
  return { response: Int32Array.from(ids), mask: Uint8Array.from(mask) }
}
