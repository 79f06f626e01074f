import type { Message } from './message.ts'

/**
 * Messages to token ids and back, for one tokenizer and chat template. A growing conversation only
 * ever appends ids.
 */
export interface Renderer {
  /** The prompt of a new conversation, ready for the assistant's first token. */
  start(messages: readonly Message[]): Int32Array
  /**
   * What follows an assistant turn that ended as `finish`: its closing glue where the turn did not
   * write it, the observation as a message, and the opening of the next assistant turn.
   */
  continue(observation: Message, finish: 'stop' | 'length'): Int32Array
  /** Response ids to text, without stop and special tokens. */
  text(tokens: Int32Array): string
  /** Ids that end an assistant turn. */
  readonly stop: readonly number[]
  /** Number of ids the model knows. */
  readonly vocabularySize: number
}
