import { IcrlError } from '@icrl/core'

/**
 * A prompt that outgrew the context because of what was sampled before it (a critique, a trajectory
 * to critique). It fails its session; a first prompt that does not fit is a mistake of the caller
 * and is thrown as a plain `context-exceeded`.
 */
export class PromptGrown extends IcrlError {}

/**
 * Tokens that may be sampled after `promptLength` ids: `maxTokens`, or what the context leaves.
 *
 * @throws `context-exceeded` where it leaves none.
 */
export function turnBudget(options: {
  readonly what: string
  readonly promptLength: number
  readonly maxTokens: number
  readonly contextTokens?: number
  readonly grown: boolean
}): number {
  const { what, promptLength, maxTokens, contextTokens = Infinity, grown } = options
  const left = Math.min(maxTokens, contextTokens - promptLength)
  if (left >= 1) return left
  const message = `${what}: the prompt has ${promptLength} tokens, the context ${contextTokens}.`
  throw new (grown ? PromptGrown : IcrlError)(message, {
    code: 'context-exceeded',
    remedy: 'Shorten the prompt, or raise contextTokens if the model allows.',
  })
}
