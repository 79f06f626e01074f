import type { Message } from './message.ts'

/**
 * Turns messages into token ids and back, for one tokenizer and chat template. A growing
 * conversation only ever appends ids.
 */
export interface Renderer {
  /** The prompt of a new conversation, ready for the assistant's first token. */
  start(messages: readonly Message[]): Int32Array
  /**
   * The ids that follow an assistant turn: its closing (of a turn cut off by `length` all of it,
   * else what comes after the stop id), the observations as messages (one or more), and the opening of
   * the next assistant turn.
   */
  continue(observations: readonly Message[], finish: 'stop' | 'length'): Int32Array
  /** The text of response ids, without stop and special tokens. */
  text(tokens: Int32Array): string
  /** Ids that end an assistant turn. */
  readonly stop: readonly number[]
  /** Number of ids the model knows. */
  readonly vocabularySize: number
}
