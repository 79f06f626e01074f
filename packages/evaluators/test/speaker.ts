import { type Message, textOf, type TextGenerator } from '@icrl/core'
import type { Speaker } from '../src/index.ts'

/** Somebody who says what `says` says of the conversation, and what they were asked. */
export interface ScriptedSpeaker extends Speaker {
  readonly asked: string[]
}

export function speaker(
  says: (asked: string, messages: readonly Message[]) => string,
): ScriptedSpeaker {
  const asked: string[] = []
  const by: TextGenerator = {
    complete: async (messages) => {
      const words = textOf(messages.at(-1)!)
      asked.push(words)
      return { text: says(words, messages), finish: 'stop' }
    },
  }
  return { by, sampling: { maxTokens: 64, temperature: 0 }, asked }
}
