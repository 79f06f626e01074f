/** A prompt split into what both versions share and what only one has. */
export interface PromptDiff {
  readonly before: string
  /** Only in the prompt it was sampled under. */
  readonly removed: string
  /** Only in the prompt it is trained under. */
  readonly added: string
  readonly after: string
}

/** Compares two prompts by their longest common start and end, in whole words. */
export function diffPrompts(sampled: string, trained: string): PromptDiff {
  const [a, b] = [sampled, trained].map((text) => text.split(/(?<=\s)/))
  const most = Math.min(a.length, b.length)
  let start = 0
  while (start < most && a[start].trim() === b[start].trim()) start++
  let end = 0
  while (end < most - start && a[a.length - 1 - end].trim() === b[b.length - 1 - end].trim()) end++
  return {
    before: a.slice(0, start).join(''),
    removed: a.slice(start, a.length - end).join(''),
    added: b.slice(start, b.length - end).join(''),
    after: a.slice(a.length - end).join(''),
  }
}
