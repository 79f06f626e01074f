import type { Attempt } from '@icrl/core'

/** Guidance that shows an earlier attempt and what was said of it. */
export function answerAndCritique(critique: string, { turns }: Attempt): string {
  return `Earlier answer:\n${turns.map(({ text }) => text).join('\n')}\n\n${critique}`
}
