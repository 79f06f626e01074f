import { type Message, randomStream, type Renderer, type Task } from '@icrl/core'
import { type Bias, type TablePolicyOptions, wordRenderer } from '@icrl/core/testing'

/** A line to be written about a topic. */
export interface LineTask extends Task {
  readonly topic: string
}

const LENGTH = 6
const GOOD = Array.from({ length: 6 }, (_, i) => `good${i}`)
const BOASTS = Array.from({ length: 3 }, (_, i) => `boast${i}`)
const PLAIN = Array.from({ length: 5 }, (_, i) => `plain${i}`)
const TOPICS = Array.from({ length: 8 }, (_, i) => `topic${i}`)
const WORDS = ['<write>', ...TOPICS, ...GOOD, ...BOASTS, ...PLAIN]

/** One id per word. */
export const lineRenderer: Renderer = wordRenderer(WORDS)
/** Six words and the end. */
export const LINE_TOKENS: number = LENGTH + 1

/** Tasks, each with a topic. */
export function lineTasks(name: string, count: number): LineTask[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `${name}-${i}`,
    topic: TOPICS[randomStream(0, 'lines', name, i).integer(0, TOPICS.length)],
  }))
}

export const linePrompt = ({ topic }: LineTask): Message[] => [
  { role: 'user', content: `<write> ${topic}` },
]

/** What counts: whoever forgets to end writes one word too many. */
const wordsOf = (text: string): string[] => text.split(' ').slice(0, LENGTH)
const boastsIn = (words: readonly string[]): number =>
  words.filter((word) => BOASTS.includes(word)).length
const goodIn = (words: readonly string[]): number =>
  new Set(words.filter((word) => GOOD.includes(word))).size

/** What a line is worth, −1 to 1: its different good words less its boasts. */
export function quality(text: string): number {
  const words = wordsOf(text)
  return (goodIn(words) - boastsIn(words)) / LENGTH
}

/** What a scalar reward model makes of it, which likes boasts, too. */
export function proxy(text: string): number {
  const words = wordsOf(text)
  return (goodIn(words) + 2 * boastsIn(words)) / (2 * LENGTH)
}

/** Share of boasts. */
export function boastShare(text: string): number {
  return boastsIn(wordsOf(text)) / LENGTH
}

const id = (word: string): number => lineRenderer.answer!(word)[0]
const form: Bias[] = Array.from({ length: LENGTH }, (_, at) =>
  [...GOOD, ...BOASTS, ...PLAIN].map((word) => ({
    prompt: id('<write>'),
    at,
    token: id(word),
    value: 18,
  })),
).flat()

/** Writes six words, each as likely as another. */
export const lineTable: TablePolicyOptions = {
  vocabularySize: lineRenderer.vocabularySize!,
  positions: LINE_TOKENS,
  biases: [...form, { prompt: id('<write>'), at: LENGTH, token: lineRenderer.stop[0], value: 18 }],
}
