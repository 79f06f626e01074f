import type { PackedLayout } from '@icrl/tfjs-ops'
import type { PromptSegment } from './prompt-tree.ts'

/** Where a prompt lies among the rows. */
export interface PlacedPrompt {
  /** The segment that rows after the prompt continue; −1 for none. */
  readonly segment: number
  /** The prompt's last row. */
  readonly end: number
}

/** Token rows of a pass, segment by segment; a part that prompts share is laid out once. */
export class SegmentRows {
  readonly #ids: number[] = []
  readonly #positions: number[] = []
  readonly #starts: number[] = [0]
  readonly #prefix: number[] = []
  readonly #placed = new Map<PromptSegment, PlacedPrompt>()

  /** Lays the prompt out as segments of its own. */
  place(prompt: PromptSegment): PlacedPrompt {
    const known = this.#placed.get(prompt)
    if (known !== undefined) return known
    const { segment, end } = this.open(prompt)
    this.close(segment)
    const placed = { segment: this.#prefix.length - 1, end }
    this.#placed.set(prompt, placed)
    return placed
  }

  /** Lays the prompt out in a segment that stays open for the rows of its only response. */
  open(prompt: PromptSegment): PlacedPrompt {
    const segment = prompt.parent ? this.place(prompt.parent).segment : -1
    const start = this.add(prompt.prompt.subarray(prompt.start, prompt.end), prompt.start)
    return { segment, end: start + prompt.end - prompt.start - 1 }
  }

  /** Adds rows to the open segment; returns the first. */
  add(ids: Int32Array, position: number): number {
    const first = this.#ids.length
    ids.forEach((id, i) => {
      this.#ids.push(id)
      this.#positions.push(position + i)
    })
    return first
  }

  /** Ends the open segment, which continues `prefix`. */
  close(prefix: number): void {
    this.#starts.push(this.#ids.length)
    this.#prefix.push(prefix)
  }

  finish(): { ids: Int32Array; positions: Int32Array; layout: PackedLayout } {
    return {
      ids: new Int32Array(this.#ids),
      positions: new Int32Array(this.#positions),
      layout: { starts: new Int32Array(this.#starts), prefix: new Int32Array(this.#prefix) },
    }
  }
}
