import type { PackedLayout } from '@icrl/tfjs-ops'
import { groupEqual } from './group-equal.ts'

/** A response to score under a prompt. */
export interface PackItem {
  readonly prompt: Int32Array
  readonly response: Int32Array
  /** `[T]` 0 for a token that is not scored; default: all are scored. */
  readonly mask?: Uint8Array
  readonly temperature: number
}

/** Several sequences as the rows of one matrix, with the rows that predict the scored tokens. */
export interface Pack {
  /** `[N]` token ids, and the position of each in its sequence. */
  readonly ids: Int32Array
  readonly positions: Int32Array
  readonly layout: PackedLayout
  /** `[M]` for each scored token the row that predicts it, the token, and its temperature. */
  readonly chosen: Int32Array
  readonly targets: Int32Array
  readonly temperatures: Float32Array
  /** `[M]` which item, and which token of its response. */
  readonly items: Int32Array
  readonly tokens: Int32Array
}

/**
 * Packs items so that those with equal prompts share it: the prompt is a segment of its own, which
 * each response continues. A prompt with a single response forms one segment with it. Nothing after
 * an item's last scored token is computed.
 *
 * @example
 * const [prompt, response] = [Int32Array.of(1, 2), Int32Array.of(3, 4, 5)]
 * packItems([{ prompt, response, temperature: 1 }]).chosen // rows 1, 2, 3: each predicts a token
 */
export function packItems(items: readonly PackItem[]): Pack {
  const builder = new PackBuilder()
  const groups = groupEqual(items.map(({ prompt }) => prompt))
  const members = new Map<number, number[]>()
  items.forEach((item, i) => {
    if (lastScored(item) < 0) return
    const sharing = members.get(groups[i])
    if (sharing === undefined) members.set(groups[i], [i])
    else sharing.push(i)
  })
  for (const sharing of members.values()) builder.addGroup(items, sharing)
  return builder.finish()
}

/** Index of the last scored token, −1 if there is none. */
export function lastScored({ response, mask }: PackItem): number {
  if (mask === undefined) return response.length - 1
  for (let t = mask.length - 1; t >= 0; t--) if (mask[t] !== 0) return t
  return -1
}

class PackBuilder {
  readonly #ids: number[] = []
  readonly #positions: number[] = []
  readonly #starts: number[] = [0]
  readonly #prefix: number[] = []
  // One array per field: an object per scored token would cost more than the token's share of the
  // pass.
  readonly #chosen: number[] = []
  readonly #targets: number[] = []
  readonly #temperatures: number[] = []
  readonly #items: number[] = []
  readonly #tokens: number[] = []

  /** Adds items that share one prompt. */
  addGroup(items: readonly PackItem[], members: readonly number[]): void {
    const { prompt } = items[members[0]]
    this.#addRows(prompt, 0)
    const promptEnd = this.#ids.length - 1
    const shared = members.length > 1
    if (shared) this.#closeSegment(-1)
    const promptSegment = shared ? this.#prefix.length - 1 : -1
    for (const member of members) {
      const { response } = items[member]
      const last = lastScored(items[member])
      const start = this.#ids.length
      this.#addRows(response.subarray(0, last), prompt.length)
      this.#closeSegment(promptSegment)
      this.#score(items[member], member, last, (token) =>
        token === 0 ? promptEnd : start + token - 1,
      )
    }
  }

  #addRows(ids: Int32Array, position: number): void {
    for (let i = 0; i < ids.length; i++) {
      this.#ids.push(ids[i])
      this.#positions.push(position + i)
    }
  }

  #closeSegment(prefix: number): void {
    this.#starts.push(this.#ids.length)
    this.#prefix.push(prefix)
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
      ids: new Int32Array(this.#ids),
      positions: new Int32Array(this.#positions),
      layout: { starts: new Int32Array(this.#starts), prefix: new Int32Array(this.#prefix) },
      chosen: new Int32Array(this.#chosen),
      targets: new Int32Array(this.#targets),
      temperatures: new Float32Array(this.#temperatures),
      items: new Int32Array(this.#items),
      tokens: new Int32Array(this.#tokens),
    }
  }
}
