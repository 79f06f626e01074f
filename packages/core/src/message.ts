/** One message of a conversation, as chat templates and OpenAI-compatible endpoints know it. */
export interface Message {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  readonly content: string
}
