import type { AttemptTurn, Message } from '@icrl/core'
import { DEPARTMENTS, ITEMS, type ShopTask } from './shop.ts'

/** The critic's conversation: the question, what the clerk did and what the tools answered. */
export function criticPrompt(
  { question }: Pick<ShopTask, 'question'>,
  { turns }: { readonly turns: readonly Pick<AttemptTurn, 'text' | 'observation'>[] },
): Message[] {
  const done = turns.flatMap(({ text, observation }) => [text, observation ?? ''])
  return [{ role: 'user', content: ['Review.', question, ...done].filter(Boolean).join('\n') }]
}

/** A piece of advice. */
export const adviceOf = (item: string, department: string): string =>
  `The ${item} is in the ${department}.`

const ADVICE = new RegExp(
  adviceOf(`(?:${ITEMS.join('|')})`, `(?:${DEPARTMENTS.join('|')})`).replace('.', '\\.'),
  'g',
)

/** Keeps up to two pieces of advice; without any it is no critique. */
export function parseAdvice(text: string): { critique: string; valid: boolean } {
  const kept = (text.match(ADVICE) ?? []).slice(0, 2)
  return { critique: kept.join(' '), valid: kept.length > 0 }
}
