import { IcrlError } from '@icrl/core'

/**
 * Tokens that may be sampled after `promptLength` ids: `maxTokens`, or less if the context leaves
 * less.
 *
 * @throws `context-exceeded` if it leaves none: the session fails, alone.
 */
export function turnBudget(options: {
  readonly what: string
  readonly promptLength: number
  readonly maxTokens: number
  readonly contextTokens?: number
}): number {
  const { what, promptLength, maxTokens, contextTokens = Infinity } = options
  const left = Math.min(maxTokens, contextTokens - promptLength)
  if (left >= 1) return left
  throw new IcrlError(
    `${what}: the prompt has ${promptLength} tokens, the context ${contextTokens}.`,
    {
      code: 'context-exceeded',
      remedy: 'Shorten the prompt, or raise contextTokens if the model allows.',
    },
  )
}
