import type { PackedLayout } from '@icrl/tfjs-ops'
import { PromptTree, type PromptSegment } from './prompt-tree.ts'
import { SegmentRows } from './segment-rows.ts'

/** A response to score under a prompt. */
export interface PackItem {
  /** `[P]` ids of the prompt. */
  readonly prompt: Int32Array
  /** `[T]` ids that are scored after it. */
  readonly response: Int32Array
  /** `[T]` 0 for a token that is not scored. @defaultValue all are scored */
  readonly mask?: Uint8Array
  /** Divides the logits. */
  readonly temperature: number
}

/** Several sequences as the rows of one matrix, with the rows that predict the scored tokens. */
export interface Pack {
  /** `[N]` token ids, and the position of each in its sequence. */
  readonly ids: Int32Array
  /** Position of each row in its sequence, `[rows]`. */
  readonly positions: Int32Array
  /** Which rows belong to which sequence. */
  readonly layout: PackedLayout
  /** `[M]` for each scored token the row that predicts it, the token, and its temperature. */
  readonly chosen: Int32Array
  /** Id that each scored row predicts, `[targets]`. */
  readonly targets: Int32Array
  /** Temperature of each scored row, `[targets]`. */
  readonly temperatures: Float32Array
  /** `[M]` which item, and which token of its response. */
  readonly items: Int32Array
  /** Ids of the rows, `[rows]`. */
  readonly tokens: Int32Array
}

/**
 * Packs items so that what their prompts share is computed once: a segment of its own, which other
 * prompts and each response continue. A prompt with a single response forms one segment with it.
 * Nothing after an item's last scored token is computed.
 *
 * @example
 * const [prompt, response] = [Int32Array.of(1, 2), Int32Array.of(3, 4, 5)]
 * packItems([{ prompt, response, temperature: 1 }]).chosen // rows 1, 2, 3: each predicts a token
 */
export function packItems(items: readonly PackItem[]): Pack {
  const tree = new PromptTree()
  const members = new Map<PromptSegment, number[]>()
  items.forEach((item, i) => {
    if (lastScored(item) < 0) return
    const prompt = tree.add(item.prompt)
    const sharing = members.get(prompt)
    if (sharing === undefined) members.set(prompt, [i])
    else sharing.push(i)
  })
  const builder = new PackBuilder()
  for (const [prompt, sharing] of members) builder.addGroup(items, sharing, prompt)
  return builder.finish()
}

/** Index of the last scored token, −1 if there is none. */
export function lastScored({ response, mask }: PackItem): number {
  if (mask === undefined) return response.length - 1
  for (let t = mask.length - 1; t >= 0; t--) if (mask[t] !== 0) return t
  return -1
}

class PackBuilder {
  readonly #rows = new SegmentRows()
  // One array per field: an object per scored token would cost more than the token's share of the
  // pass.
  readonly #chosen: number[] = []
  readonly #targets: number[] = []
  readonly #temperatures: number[] = []
  readonly #items: number[] = []
  readonly #tokens: number[] = []

  /** Adds items that share one prompt. */
  addGroup(items: readonly PackItem[], members: readonly number[], prompt: PromptSegment): void {
    const isAlone = members.length === 1 && prompt.children.length === 0
    const { segment, end: promptEnd } = isAlone ? this.#rows.open(prompt) : this.#rows.place(prompt)
    for (const member of members) {
      const { response } = items[member]
      const last = lastScored(items[member])
      const start = this.#rows.add(response.subarray(0, last), prompt.end)
      this.#rows.close(segment)
      this.#score(items[member], member, last, (token) =>
        token === 0 ? promptEnd : start + token - 1,
      )
    }
  }

  #score(
    { response, mask, temperature }: PackItem,
    item: number,
    last: number,
    rowOf: (token: number) => number,
  ): void {
    for (let token = 0; token <= last; token++) {
      if (mask !== undefined && mask[token] === 0) continue
      this.#chosen.push(rowOf(token))
      this.#targets.push(response[token])
      this.#temperatures.push(temperature)
      this.#items.push(item)
      this.#tokens.push(token)
    }
  }

  finish(): Pack {
    return {
      ...this.#rows.finish(),
      chosen: new Int32Array(this.#chosen),
      targets: new Int32Array(this.#targets),
      temperatures: new Float32Array(this.#temperatures),
      items: new Int32Array(this.#items),
      tokens: new Int32Array(this.#tokens),
    }
  }
}
