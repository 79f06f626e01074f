/**
 * Tokens from `start` to `end` of `prompt`, computed once for every prompt that runs through them;
 * its parents hold the tokens before.
 */
export interface PromptSegment {
  readonly prompt: Int32Array
  readonly start: number
  readonly end: number
  readonly parent: PromptSegment | undefined
  /** Segments that go on from its end. */
  readonly children: readonly PromptSegment[]
}

interface GrowingSegment extends PromptSegment {
  start: number
  parent: GrowingSegment | undefined
  readonly children: GrowingSegment[]
}

/** A shared beginning shorter than this is not worth a segment of its own. */
const LEAST_SHARED = 32

/**
 * The beginnings that prompts share, such as a system prompt, its tools and its examples: each is
 * computed once in a pass.
 *
 * @example
 * declare const [first, second]: Int32Array[] // 60 tokens each, the first 50 of them equal
 * const tree = new PromptTree()
 * tree.add(first) // one segment of 60 tokens
 * tree.add(second).parent // the 50 shared tokens
 * tree.rows // 70
 */
export class PromptTree {
  readonly #roots: GrowingSegment[] = []
  #rows = 0

  /** Tokens of all segments. */
  get rows(): number {
    return this.#rows
  }

  /** Adds a prompt; equal prompts have one segment. The segment returned stays its last one. */
  add(prompt: Int32Array): PromptSegment {
    let parent: GrowingSegment | undefined
    for (;;) {
      const siblings: GrowingSegment[] = parent?.children ?? this.#roots
      const from: number = parent?.end ?? 0
      const { next, shared } = closest(siblings, prompt, from)
      const isEqual = shared === next?.end && shared === prompt.length
      if (next === undefined || (shared - from < LEAST_SHARED && !isEqual))
        return this.#append(siblings, { prompt, start: from, end: prompt.length, parent })
      parent = shared === next.end ? next : cut(next, siblings, shared)
      if (shared === prompt.length) return parent
    }
  }

  #append(siblings: GrowingSegment[], segment: Omit<GrowingSegment, 'children'>): GrowingSegment {
    const added = { ...segment, children: [] }
    siblings.push(added)
    this.#rows += segment.end - segment.start
    return added
  }
}

/**
 * The segment that agrees longest with the prompt, of equal ones a whole one, and the place up to
 * which it does.
 */
function closest(
  segments: readonly GrowingSegment[],
  prompt: Int32Array,
  from: number,
): { next?: GrowingSegment; shared: number } {
  let best: { next?: GrowingSegment; shared: number } = { shared: from }
  for (const next of segments) {
    const most = Math.min(next.end, prompt.length)
    let shared = from
    while (shared < most && next.prompt[shared] === prompt[shared]) shared++
    const isWhole = shared > from && shared === next.end
    if (shared > best.shared || (shared === best.shared && isWhole)) best = { next, shared }
  }
  return best
}

/** Cuts a segment in two; returns the upper part, which takes its place. */
function cut(lower: GrowingSegment, siblings: GrowingSegment[], at: number): GrowingSegment {
  const { prompt, start, parent } = lower
  const upper: GrowingSegment = { prompt, start, end: at, parent, children: [lower] }
  siblings[siblings.indexOf(lower)] = upper
  lower.start = at
  lower.parent = upper
  return upper
}
