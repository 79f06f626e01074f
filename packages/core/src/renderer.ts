import type { Message, MessagePart, PartDelta, Tool } from './message.ts'

/** What a conversation is rendered with. */
export interface RenderOptions {
  /** Tools that the assistant may call. @defaultValue none */
  readonly tools?: readonly Tool[]
}

/** Reads an assistant turn as its ids come. */
export interface PartsReader {
  /** Takes one more id; what is certain by now. */
  push(token: number): readonly PartDelta[]
  /** The end of the turn; what was held back. Nothing may be pushed after it. */
  end(): readonly PartDelta[]
}

/**
 * Turns messages into token ids and back, for one tokenizer and chat template. A growing
 * conversation only ever appends ids.
 */
export interface Renderer {
  /** `[P]` the prompt of a new conversation, ready for the assistant's first token. */
  start(messages: readonly Message[], options?: RenderOptions): Int32Array
  /**
   * `[T]` the ids that follow an assistant turn: its closing (of a turn cut off by `length` all of
   * it, else what comes after the stop id), the observations as messages (one or more), and the
   * opening of the next assistant turn.
   */
  continue(observations: readonly Message[], finish: 'stop' | 'length'): Int32Array
  /** The text of response ids, without stop and special tokens. */
  text(tokens: Int32Array): string
  /**
   * `[T]` the ids of an assistant turn that says this, as it would have sampled them, its stop id
   * last: what a demonstration is learned from. `text(answer(words))` is `words` again. Optional:
   * without it there are no demonstrations in words.
   */
  answer?(text: string): Int32Array
  /**
   * What response ids say, part by part. Reasoning and tool calls are told by the ids of their
   * marks, so text that spells a mark is text; a call that is not well formed stays text. With the
   * tools that were offered, calls of others are marked `unknown`, and formats without marks can be
   * read.
   *
   * @defaultValue one text part
   */
  parse?(tokens: Int32Array, options?: RenderOptions): readonly MessagePart[]
  /**
   * Reads a turn while it is sampled: the deltas put together are what `parse` gives.
   *
   * @defaultValue the text is given at the end
   */
  read?(options?: RenderOptions): PartsReader
  /** `[ids]` ids that end an assistant turn. */
  readonly stop: readonly number[]
  /** Number of ids the model knows. */
  readonly vocabularySize: number
}
