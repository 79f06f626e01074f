import { randomStream, textOf, type Renderer, type TextGenerator } from '@icrl/core'
import type { QuizTask } from '@icrl/core/testing'
import type { RunRole } from '@icrl/trainer'

/** Reads the words that are in a vocabulary and passes over the others. */
export function knownWords(renderer: Renderer): Renderer {
  const isKnown = (word: string): boolean => {
    try {
      renderer.answer!(word)
      return true
    } catch {
      return false
    }
  }
  const kept = (text: string): string => text.split(/\s+/).filter(isKnown).join(' ')
  return {
    ...renderer,
    start: (messages) =>
      renderer.start(messages.map((said) => ({ ...said, content: kept(textOf(said)) }))),
  }
}

/** A role that a script speaks, in words that need not be in the vocabulary. */
export function scripted(renderer: Renderer, by: TextGenerator): RunRole {
  return {
    renderer: { ...renderer, start: () => Int32Array.of(1, 2) },
    sampling: { maxTokens: 64, temperature: 1 },
    by,
  }
}

/** A critic that finds out whether an answer is right with this probability, and says what it found. */
export function criticOf(
  reliability: number,
  say: (task: QuizTask, looksRight: boolean, shown: string) => string,
): TextGenerator {
  return {
    complete: async ([message], { about } = {}) => {
      const task = about!.task as QuizTask
      const shown = textOf(message)
      const answer = shown.match(/\ba\d\b/g)?.at(-1)
      const isHonest = randomStream(0, 'critic', task.id, shown).uniform(0) < reliability
      return { text: say(task, (answer === task.answer) === isHonest, shown), finish: 'stop' }
    },
  }
}
